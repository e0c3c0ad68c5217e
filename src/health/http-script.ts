import { shellJoin } from '../core/shell-quote.ts';
import type { HttpRequest } from './http.ts';

const MOST_REDIRECTS = 10;

/**
 * Sh that asks with the best client there is, writes `$1.head` and `$1.body`, and prints the client and its status.
 *
 * GNU wget only: busybox's hides the body of an error and cannot leave redirects alone. perl serves plain http.
 * Status 8 is wget's word for an answer of 400 and above, which is an answer to us.
 */
export function httpScript(request: HttpRequest): string {
  const { protocol } = new URL(request.url);
  const perl =
    protocol === 'http:'
      ? [
          'elif command -v perl >/dev/null 2>&1; then',
          `  perl -e ${shellJoin([PERL])} "$1" ${shellJoin(perlArguments(request))}`,
          '  echo "perl $?"',
        ]
      : [];
  return [
    'if command -v curl >/dev/null 2>&1; then',
    `  ${shellJoin(curl(request))} -D "$1.head" -o "$1.body" ${shellJoin([request.url])}`,
    '  status=$?; [ $status -eq 0 ] || rm -f "$1.head"; echo "curl $status"',
    'elif case "$(wget --version 2>/dev/null)" in "GNU Wget "*) true ;; *) false ;; esac; then',
    `  ${shellJoin(wget(request))} -O "$1.body" -- ${shellJoin([request.url])} 2>"$1.head"`,
    `  status=$?; case $status in 0|8) ;; *) grep -v '^  ' "$1.head" >&2; rm -f "$1.head" ;; esac`,
    '  echo "wget $status"',
    ...perl,
    'else',
    '  echo none',
    'fi',
  ].join('\n');
}

function curl({ url, method, headers, timeout, insecure, follow }: HttpRequest): string[] {
  return [
    ...['curl', '-q', '-sS', '-g', '--max-time', String(timeout / 1000)],
    ...(isLoopback(new URL(url).hostname) ? ['--noproxy', '*'] : []),
    ...(method === 'HEAD' ? ['--head'] : method === 'GET' ? [] : ['-X', method]),
    ...(insecure ? ['-k'] : []),
    ...(follow ? ['-L', '--max-redirs', String(MOST_REDIRECTS)] : []),
    ...headers.flatMap((line) => ['-H', line]),
  ];
}

function wget({ url, method, headers, timeout, insecure, follow }: HttpRequest): string[] {
  return [
    ...['wget', '--no-config', '-nv', '-S', '--content-on-error', '--tries=1', `--timeout=${timeout / 1000}`],
    ...(isLoopback(new URL(url).hostname) ? ['--no-proxy'] : []),
    ...(method === 'GET' ? [] : [`--method=${method}`]),
    ...(insecure ? ['--no-check-certificate'] : []),
    `--max-redirect=${follow ? MOST_REDIRECTS : 0}`,
    ...headers.map((line) => `--header=${line}`),
  ];
}

function perlArguments({ url, method, headers, timeout, follow }: HttpRequest): string[] {
  const redirects = follow ? MOST_REDIRECTS : 0;
  return [url, method, String(Math.ceil(timeout / 1000)), String(redirects), ...headers];
}

/** Whether a URL's host means the machine itself. */
export function isLoopback(hostname: string): boolean {
  return /^(localhost|127(\.\d+){3}|\[::1\]|0\.0\.0\.0|\[::\])$/.test(hostname);
}

/**
 * HTTP/1.0 with what is in Debian's perl-base; it reads until the server closes. Bare sockets: to load IO::Socket takes an
 * emulated machine longer than to ask.
 */
const PERL = `use strict; use Socket qw(SOCK_STREAM getaddrinfo);
my ($own, $url, $method, $limit, $redirects, @lines) = @ARGV;
sub connected {
  my ($error, @addresses) = getaddrinfo(@_, { socktype => SOCK_STREAM });
  for (@addresses) {
    my $socket;
    return $socket if socket($socket, $_->{family}, $_->{socktype}, $_->{protocol}) && connect($socket, $_->{addr});
    $error = $!;
  }
  print STDERR "$_[0] port $_[1]: $error\\n";
  exit 7;
}
$SIG{PIPE} = "IGNORE";
$SIG{ALRM} = sub { print STDERR "timed out after $limit s\\n"; exit 28 };
alarm $limit;
while (1) {
  $url =~ m{^http://(?:[^/?#@]*@)?(\\[[^\\]]+\\]|[^/:?#]+)(?::(\\d+))?([^#]*)}i
    or do { print STDERR "perl cannot ask $url\\n"; exit 3 };
  my ($host, $port, $path) = ($1, $2, $3);
  $path = "/$path" unless $path =~ m{^/};
  (my $peer = $host) =~ tr/[]//d;
  my $socket = connected($peer, $port || 80);
  my @head = ("$method $path HTTP/1.0", "Connection: close", @lines);
  push @head, "Host: " . ($port ? "$host:$port" : $host) unless grep { /^host:/i } @lines;
  push @head, "Content-Length: 0" unless $method eq "GET" || $method eq "HEAD";
  syswrite $socket, join("\\r\\n", @head, "", "");
  my $all = do { local $/; <$socket> };
  my ($head, $body) = split /\\r?\\n\\r?\\n/, defined $all ? $all : "", 2;
  $head =~ m{^HTTP/} or do { print STDERR "the answer is not HTTP\\n"; exit 52 };
  if ($redirects > 0 && $head =~ m{^HTTP/\\S+ 30[12378]} && $head =~ /^location:\\s*(\\S+)/im) {
    my $next = $1;
    $redirects--;
    $method = "GET" if $head =~ m{^HTTP/\\S+ 303} && $method ne "HEAD";
    if ($next =~ m{^//}) { $url = "http:$next" }
    elsif ($next =~ m{^[a-z]+://}i) { $url = $next }
    elsif ($next =~ m{^/}) { $url =~ s{^(http://[^/?#]+).*}{$1$next}is }
    else { $url =~ s{[?#].*}{}s; $url =~ s{^(http://[^/]+)$}{$1/}i; $url =~ s{[^/]*$}{$next} }
    next;
  }
  for ([head => "$head\\r\\n"], [body => defined $body ? $body : ""]) {
    open my $out, ">", "$own.$_->[0]" or die $!;
    print $out $_->[1];
    close $out or die $!;
  }
  exit 0;
}
`;
