import { shellJoin } from '../core/shell-quote.ts';
import type { HttpRequest } from './http.ts';

const MOST_REDIRECTS = 10;

/**
 * Sh that asks with the best client there is, writes `$1.head` and `$1.body`, and prints the client and its status. It reads
 * what `httpInputs` gives.
 *
 * GNU wget only: busybox's hides the body of an error and cannot leave redirects alone. perl serves plain http.
 * Status 8 is wget's word for an answer of 400 and above, which is an answer to us.
 */
export function httpScript(request: HttpRequest): string {
  const { protocol } = new URL(request.url);
  const { proxy = '', certificate, ca } = request;
  const wgetCan = proxy === '' || /^https?:/.test(proxy);
  const perlCan = protocol === 'http:' && proxy === '' && certificate === undefined && ca === undefined;
  return [
    'if command -v curl >/dev/null 2>&1; then',
    `  ${shellJoin(curl(request))} -K "$1.curl"${bodyOption(request, '--data-binary @')} -D "$1.head" -o "$1.body" ${shellJoin([request.url])}`,
    '  status=$?; [ $status -eq 0 ] || rm -f "$1.head"; echo "curl $status"',
    ...(wgetCan
      ? [
          'elif case "$(wget --version 2>/dev/null)" in "GNU Wget "*) true ;; *) false ;; esac; then',
          `  ${shellJoin(wget(request))} --config="$1.wgetrc"${bodyOption(request, '--body-file=')} -O "$1.body" -- ${shellJoin([request.url])} 2>"$1.head"`,
          `  status=$?; case $status in 0|8) ;; *) grep -v '^  ' "$1.head" >&2; rm -f "$1.head" ;; esac`,
          '  echo "wget $status"',
        ]
      : []),
    ...(perlCan
      ? [
          'elif command -v perl >/dev/null 2>&1; then',
          `  perl -e ${shellJoin([PERL])} "$1" ${shellJoin(perlArguments(request))}`,
          '  echo "perl $?"',
        ]
      : []),
    'else',
    '  echo none',
    'fi',
  ].join('\n');
}

/** Headers, body and proxy, which may hold a password, in the words of each client. */
export function httpInputs({ headers, body, proxy }: HttpRequest): Readonly<Record<string, string>> {
  const quoted = (text: string) => `"${text.replace(/[\\"]/g, '\\$&')}"`;
  // Of its own accord it says that a body is a form.
  const bare = body !== undefined && !headers.some((line) => /^content-type:/i.test(line));
  const curlLines = [
    ...(bare ? ['header = "Content-Type:"'] : []),
    ...headers.map((line) => `header = ${quoted(line)}`),
    ...(proxy === undefined ? [] : [`proxy = ${quoted(proxy)}`]),
  ];
  const wgetLines = [
    ...headers.map((line) => `header = ${line}`),
    ...(proxy === undefined ? [] : ['use_proxy = on', `http_proxy = ${proxy}`, `https_proxy = ${proxy}`]),
  ];
  return {
    curl: lines(curlLines),
    wgetrc: lines(wgetLines),
    headers: lines(headers),
    request: body ?? '',
  };
}

function lines(texts: readonly string[]): string {
  return texts.map((line) => `${line}\n`).join('');
}

function bodyOption({ body }: HttpRequest, option: string): string {
  return body === undefined ? '' : ` ${option}"$1.request"`;
}

function curl({
  url,
  method,
  body,
  timeout,
  insecure,
  follow,
  ca,
  certificate,
  proxy,
}: HttpRequest): string[] {
  // A body makes a POST of it, which a redirect may turn into a GET as long as -X does not say otherwise.
  const usual = method === 'GET' ? body === undefined : method === 'POST' && body !== undefined;
  return [
    ...['curl', '-q', '-sS', '-g', '--max-time', String(timeout / 1000)],
    ...(proxy === undefined && isLoopback(new URL(url).hostname) ? ['--noproxy', '*'] : []),
    ...(method === 'HEAD' ? ['--head'] : usual ? [] : ['-X', method]),
    ...(insecure ? ['-k'] : []),
    ...(ca === undefined ? [] : ['--cacert', ca]),
    ...(certificate === undefined ? [] : ['--cert', certificate.file, '--key', certificate.key]),
    ...(follow ? ['-L', '--max-redirs', String(MOST_REDIRECTS)] : []),
  ];
}

function wget({
  url,
  method,
  body,
  timeout,
  insecure,
  follow,
  ca,
  certificate,
  proxy,
}: HttpRequest): string[] {
  return [
    ...['wget', '-nv', '-S', '--content-on-error', '--tries=1', `--timeout=${timeout / 1000}`],
    ...(proxy === undefined && isLoopback(new URL(url).hostname) ? ['--no-proxy'] : []),
    ...(method === 'GET' && body === undefined ? [] : [`--method=${method}`]),
    ...(insecure ? ['--no-check-certificate'] : []),
    ...(ca === undefined ? [] : [`--ca-certificate=${ca}`]),
    ...(certificate === undefined
      ? []
      : [`--certificate=${certificate.file}`, `--private-key=${certificate.key}`]),
    `--max-redirect=${follow ? MOST_REDIRECTS : 0}`,
  ];
}

function perlArguments({ url, method, timeout, follow }: HttpRequest): string[] {
  const redirects = follow ? MOST_REDIRECTS : 0;
  return [url, method, String(Math.ceil(timeout / 1000)), String(redirects)];
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
my ($own, $url, $method, $limit, $redirects) = @ARGV;
sub whole { open my $in, "<", "$own.$_[0]" or return ""; local $/; my $all = <$in>; defined $all ? $all : "" }
my @lines = split /\\n/, whole("headers");
my $sent = whole("request");
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
  push @head, "Content-Length: " . length $sent unless $sent eq "" && ($method eq "GET" || $method eq "HEAD");
  my $out = join("\\r\\n", @head, "", "") . $sent;
  while (length $out) { my $written = syswrite $socket, $out or last; substr($out, 0, $written) = "" }
  my $all = do { local $/; <$socket> };
  my ($head, $body) = split /\\r?\\n\\r?\\n/, defined $all ? $all : "", 2;
  $head =~ m{^HTTP/} or do { print STDERR "the answer is not HTTP\\n"; exit 52 };
  if ($redirects > 0 && $head =~ m{^HTTP/\\S+ 30[12378]} && $head =~ /^location:\\s*(\\S+)/im) {
    my $next = $1;
    $redirects--;
    ($method, $sent) = ("GET", "") if $head =~ m{^HTTP/\\S+ 303} && $method ne "HEAD" || $head =~ m{^HTTP/\\S+ 30[12]} && $method eq "POST";
    my ($before) = $url =~ m{^(http://[^/?#]+)}i;
    if ($next =~ m{^//}) { $url = "http:$next" }
    elsif ($next =~ m{^[a-z]+://}i) { $url = $next }
    elsif ($next =~ m{^/}) { $url =~ s{^(http://[^/?#]+).*}{$1$next}is }
    else { $url =~ s{[?#].*}{}s; $url =~ s{^(http://[^/]+)$}{$1/}i; $url =~ s{[^/]*$}{$next} }
    my ($after) = $url =~ m{^(http://[^/?#]+)}i;
    @lines = grep { !/^authorization:/i } @lines if !defined $after || lc $after ne lc $before;
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
