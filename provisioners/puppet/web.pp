# The machine is masterless: the agent that the package brings must not look for a server.
service { 'puppet':
  ensure => stopped,
  enable => false,
}

include site_nginx
