import { createHash } from 'node:crypto';
import type { Machine } from '../../src/platforms/platform.ts';
import { type DnsRecord, dnsServer, wireName, wireText } from './dns-reply.ts';
import { runScript } from './run-script.ts';

/** What a known machine has that only it can say. */
export interface Known {
  readonly systemd: string;
  readonly addresses: readonly string[];
  readonly mtu: number;
  readonly somaxconn: string;
  /** Per cent of /run that is used. */
  readonly runUsage: number;
  readonly shm: {
    readonly opts: readonly string[];
    readonly vfs: readonly string[];
    readonly source: string;
  };
}

export const KNOWN_TEXT = 'alpha\nbeta 42\n';

/** The digest of the known file, as its programs print it. */
export function knownDigest(name: 'md5' | 'sha256' | 'sha512'): string {
  return createHash(name).update(KNOWN_TEXT).digest('hex');
}

/** What the known name server holds. */
export const KNOWN_RECORDS: readonly DnsRecord[] = [
  { type: 'A', name: 'one.test', data: [Buffer.from([192, 0, 2, 1]), Buffer.from([192, 0, 2, 2])] },
  { type: 'AAAA', name: 'one.test', data: [Buffer.from('20010db8000000000000000000000001', 'hex')] },
  { type: 'CNAME', name: 'alias.test', data: [wireName('one.test')] },
  { type: 'NS', name: 'one.test', data: [wireName('ns1.test')] },
  { type: 'MX', name: 'one.test', data: [Buffer.concat([Buffer.from([0, 10]), wireName('mail.test')])] },
  {
    type: 'TXT',
    name: 'one.test',
    data: [Buffer.concat([wireText('v=spf1 -all'), wireText('say "hi" \\ \u0001')])],
  },
  {
    type: 'SRV',
    name: '_http._tcp.one.test',
    data: [Buffer.concat([Buffer.from([0, 0, 0, 5, 0, 80]), wireName('one.test')])],
  },
  {
    type: 'CAA',
    name: 'one.test',
    data: [Buffer.concat([Buffer.from([0]), wireText('issue'), Buffer.from('ca.test')])],
  },
  { type: 'PTR', name: '192.0.2.1', data: [wireName('one.test')] },
  { type: 'PTR', name: '2001:db8::1', data: [wireName('one.test')] },
];

/** An HTTP server of perl-base on loopback: `/` has a known answer, `/echo` tells the request, `/away` leads to `/`. */
const HTTP_SERVER = `use strict; use IO::Socket::INET;
my $server = IO::Socket::INET->new(LocalAddr => "127.0.0.1", LocalPort => 8080, Listen => 200, ReuseAddr => 1) or die $@;
$SIG{PIPE} = "IGNORE";
while (my $client = $server->accept) {
  my ($line, %head, $body) = scalar <$client>;
  while (my $one = <$client>) { last if $one =~ /^\\r?\\n$/; $head{lc $1} = $2 if $one =~ /^([^:]+):\\s*(.*?)\\r?\\n$/ }
  read $client, $body, $head{"content-length"} if $head{"content-length"};
  my ($method, $path) = split / /, $line || "";
  if ($path eq "/") { print $client "HTTP/1.0 200 OK\\r\\nContent-Type: text/plain\\r\\nX-Known: yes\\r\\n\\r\\ngolden hour\\nline two\\n" }
  elsif ($path eq "/echo") {
    print $client "HTTP/1.0 200 OK\\r\\n\\r\\n$method\\n" . ($head{authorization} || "nobody") . "\\n" . ($head{"x-say"} || "") . "\\n$body\\n";
  }
  elsif ($path eq "/away") { print $client "HTTP/1.0 302 Found\\r\\nLocation: /\\r\\n\\r\\n" }
  elsif ($path =~ m{^http://}) { print $client "HTTP/1.0 200 OK\\r\\n\\r\\nby proxy to $path\\n" }
  else { print $client "HTTP/1.0 404 Not Found\\r\\n\\r\\nnothing here\\n" }
  close $client;
}
`;

/** Gives a machine with systemd what the checks of the table look at. */
export async function makeKnown(machine: Machine, signal: AbortSignal): Promise<Known> {
  await runScript(machine, setUp(), signal);
  const [systemd = '', somaxconn = '', mtu = '', addresses = '', run = '', shm = ''] = (
    await runScript(machine, ASK, signal)
  ).split('\n');
  const [mounted = '', filesystem = ''] = shm.split(' - ');
  const [, source = '', vfs = ''] = filesystem.split(' ');
  const opts = (mounted.split(' ')[5] ?? '').split(',');
  return {
    systemd,
    somaxconn,
    mtu: Number(mtu),
    addresses: addresses.trim().split(' '),
    runUsage: Math.round((1 - Number(run.split(' ')[1]) / Number(run.split(' ')[0])) * 100),
    shm: { opts, vfs: vfs.split(','), source },
  };
}

const ASK = `dpkg-query -W -f '\${Version}\\n' systemd
cat /proc/sys/net/core/somaxconn /sys/class/net/lo/mtu
ip -o addr show dev lo | awk '{ printf "%s ", $4 }'; echo
stat -f -c '%b %f' /run
grep ' /dev/shm ' /proc/self/mountinfo`;

function setUp(): string {
  const unit = (program: string) =>
    `[Service]\nExecStart=/usr/bin/perl /opt/${program}\n[Install]\nWantedBy=multi-user.target`;
  return `printf '${KNOWN_TEXT.replaceAll('\n', '\\n')}' >/opt/known
chown daemon:adm /opt/known
chmod 0640 /opt/known
ln -s /opt/known /opt/link
mkfifo /opt/pipe
chown 54321:54321 /opt/pipe
printf 'one\\n!two\\n/etc/three\\n' >/opt/odd
echo 'known:x:1234:1234::/srv/known:/bin/sh' >>/etc/passwd
echo 'known:x:1234:' >>/etc/group
sed -i 's/^adm:.*/&known/' /etc/group
cat >/opt/http.pl <<'PERL'
${HTTP_SERVER}PERL
cat >/opt/dns.pl <<'PERL'
${dnsServer(KNOWN_RECORDS)}PERL
cat >/etc/systemd/system/known-http.service <<'UNIT'
${unit('http.pl')}
UNIT
cat >/etc/systemd/system/known-dns.service <<'UNIT'
${unit('dns.pl')}
UNIT
systemctl daemon-reload
systemctl enable --quiet --now known-http known-dns
cp /usr/bin/perl /opt/a-very-long-program
cat >/opt/sockets.pl <<'PERL'
use strict; use Socket;
socket(my $six, AF_INET6, SOCK_STREAM, 0) or die $!;
bind($six, pack_sockaddr_in6(8081, Socket::IN6ADDR_ANY)) or die $!;
listen($six, 5) or die $!;
socket(my $udp, AF_INET, SOCK_DGRAM, 0) or die $!;
bind($udp, pack_sockaddr_in(5454, inet_aton("127.0.0.1"))) or die $!;
connect($udp, pack_sockaddr_in(5353, inet_aton("127.0.0.1"))) or die $!;
sleep 100000;
PERL
cat >/etc/systemd/system/known-sockets.service <<'UNIT'
[Service]
ExecStart=/opt/a-very-long-program /opt/sockets.pl
UNIT
systemctl daemon-reload
systemctl start known-sockets
for n in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
  grep -q ':1F90 00000000:0000 0A' /proc/net/tcp && grep -q ':14E9 ' /proc/net/udp && grep -q ':154E ' /proc/net/udp && exit 0
  sleep 0.1
done
exit 1`;
}
