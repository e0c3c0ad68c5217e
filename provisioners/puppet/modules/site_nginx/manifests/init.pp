# nginx with one static site.
#
# @param site           the site's name: of its folder and its configuration
# @param heading        the page's title
# @param text           what the page says
# @param server_name    the host names that it answers to; `_` for any
# @param document_root  the folder that holds the site's folder
class site_nginx (
  String[1] $site,
  String[1] $heading,
  String[1] $text,
  String[1] $server_name,
  String[1] $document_root,
) {
  # A clean machine has no package lists. They are fetched only while nginx is missing, so that a second run
  # finds nothing to do.
  exec { 'apt-get update':
    command => '/usr/bin/apt-get -qq update',
    unless  => '/usr/bin/dpkg-query --show nginx',
  }

  package { 'nginx':
    ensure          => installed,
    install_options => ['--no-install-recommends'],
    require         => Exec['apt-get update'],
  }

  file { [$document_root, "${document_root}/${site}"]:
    ensure => directory,
    mode   => '0755',
  }

  file { "${document_root}/${site}/index.html":
    ensure  => file,
    mode    => '0644',
    content => epp('site_nginx/index.html.epp', { 'heading' => $heading, 'text' => $text }),
  }

  file { "/etc/nginx/sites-available/${site}":
    ensure  => file,
    mode    => '0644',
    content => epp('site_nginx/site.conf.epp', {
      'server_name' => $server_name,
      'root'        => "${document_root}/${site}",
    }),
    require => Package['nginx'],
    notify  => Service['nginx'],
  }

  file { "/etc/nginx/sites-enabled/${site}":
    ensure => link,
    target => "/etc/nginx/sites-available/${site}",
    notify => Service['nginx'],
  }

  file { '/etc/nginx/sites-enabled/default':
    ensure  => absent,
    require => Package['nginx'],
    notify  => Service['nginx'],
  }

  service { 'nginx':
    ensure  => running,
    enable  => true,
    require => File["${document_root}/${site}/index.html"],
  }
}
