/** How an image of the page is bad once it is launched, though it was good when it was baked. */
export type PageFault = 'unhealthy' | 'dies when visited';

/**
 * The files of `test-page`, an image that bakes in seconds: one program that answers / with this word, then what its
 * environment told it. Its first process reads /run/kiln/environment as a shell does.
 */
export function pageFiles(word: string, fault?: PageFault): Record<string, string> {
  return {
    'templates/test-page.yaml': template(fault === 'unhealthy' ? '5s' : '60s'),
    'provisioners/page.sh': `printf %s '${word}' > /opt/word\ncat > /opt/page.pl <<'PERL'\n${program(fault)}PERL\n`,
  };
}

/** One that is healthy is waited for on a busy machine too. */
const template = (timeout: string) => `name: test-page
base: debian-12-minimal
converge:
  - shell: { script: provisioners/page.sh, creates: /opt/page.pl }
data:
  greeting: { type: string, default: Hello }
secrets:
  api_token: { required: false }
checks:
  http:
    http://127.0.0.1:8080/healthz: { status: 200 }
probe: { timeout: ${timeout}, interval: 100ms, success-threshold: 2, stable-for: 200ms }
container:
  init: none
  command: [sh, -c, "set -a; [ ! -r /run/kiln/environment ] || . /run/kiln/environment; exec perl /opt/page.pl"]
`;

function program(fault: PageFault | undefined): string {
  return `use strict;
use IO::Socket::INET;
$SIG{TERM} = sub { exit 0 };
$SIG{PIPE} = 'IGNORE';
open my $file, '<', '/opt/word' or die;
my $word = <$file>;
my $launched = defined $ENV{KILN_ENVIRONMENT};
my %pages = (
  '/' => join('|', $word, map { $ENV{$_} // '' } qw(GREETING KILN_ENVIRONMENT KILN_NODE)),
  '/healthz' => 'ok',
);
my $server = IO::Socket::INET->new(LocalPort => 8080, Listen => 50, ReuseAddr => 1) or die $@;
while (my $client = $server->accept) {
  my ($path) = (<$client> // '') =~ m{^GET (\\S+)} or next;
  while (defined(my $line = <$client>)) { last if $line =~ /^\\s*$/ }
  exit 3 if $launched && $path eq '/' && ${fault === 'dies when visited' ? 1 : 0};
  my $status = $launched && ${fault === 'unhealthy' ? 1 : 0} ? 500 : exists $pages{$path} ? 200 : 404;
  print $client "HTTP/1.0 $status -\\r\\nContent-Type: text/plain\\r\\n\\r\\n", $pages{$path} // '';
  close $client;
}
`;
}
