import { createSocket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { shellJoin } from '../core/shell-quote.ts';
import { isLoopback } from './http-script.ts';
import type { Outside } from './kind.ts';

/** As goss: what gets no answer is asked so often in all. */
export const TRIES = 3;

/** Questions in hex to one name server, each of which gets `timeout` milliseconds a try. */
export interface DnsQuestion {
  readonly server: string;
  readonly port: number;
  readonly timeout: number;
  readonly queries: readonly string[];
}

/** `host`, `host:port`, or an IPv6 address, with a port in brackets; throws an Error for what is none of them. */
export function readServer(text: string): { server: string; port: number } {
  if (isIPv6(text)) return { server: text, port: 53 };
  const [, host, port = '53'] = /^([\w.-]+|\[[0-9A-Fa-f:.]+\])(?::(\d{1,5}))?$/.exec(text) ?? [];
  if (host === undefined || host.startsWith('-') || Number(port) > 65_535)
    throw new Error(`"${text}" is no name server such as 192.0.2.1 or 192.0.2.1:53`);
  return { server: host.replace(/[[\]]/g, ''), port: Number(port) };
}

/** Sh that asks with perl, and prints `perl` and each answer in hex, `-` where there was none; `none` without perl. */
export function askServerScript({ server, port, timeout, queries }: DnsQuestion): string {
  const perl = shellJoin(['perl', '-e', PERL, server, String(port), String(timeout), ...queries]);
  return `if command -v perl >/dev/null 2>&1; then ${perl}; else echo none; fi`;
}

/** Whether a server means the machine itself. */
export function isOwnServer({ server }: Pick<DnsQuestion, 'server'>): boolean {
  return isLoopback(isIPv6(server) ? `[${server}]` : server);
}

/** Asks from this host: a server that means the machine itself is asked at the machine's address. */
export async function askServerFromOutside(question: DnsQuestion, outside: Outside): Promise<string> {
  const own = isOwnServer(question);
  if (own && outside.address === undefined) return 'none';
  const server = own && outside.address !== undefined ? outside.address : question.server;
  const answers = await Promise.all(
    question.queries.map((query) => askUdp({ ...question, server }, query, outside)),
  );
  return ['outside', ...answers, ''].join('\n');
}

async function askUdp(question: DnsQuestion, query: string, { signal }: Outside): Promise<string> {
  for (let left = TRIES; left > 0; left--) {
    signal.throwIfAborted();
    const answer = await askOnce(question, query, signal);
    if (answer !== undefined) return answer;
  }
  return '-';
}

function askOnce(
  { server, port, timeout }: DnsQuestion,
  query: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = createSocket(isIPv6(server) ? 'udp6' : 'udp4');
    const end = (answer: string | undefined) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', give);
      socket.removeAllListeners('error').on('error', () => {});
      socket.close(() => resolve(answer));
    };
    const give = () => end(undefined);
    const timer = setTimeout(give, timeout);
    signal.addEventListener('abort', give, { once: true });
    socket.once('error', give);
    socket.once('message', (message) => end(message.toString('hex')));
    socket.connect(port, server, () => socket.send(Buffer.from(query, 'hex'), () => {}));
  });
}

const PERL = `use strict; use Socket qw(SOCK_DGRAM SOL_SOCKET SO_RCVTIMEO getaddrinfo);
my ($server, $port, $limit, @queries) = @ARGV;
my ($error, $to) = getaddrinfo($server, $port, { socktype => SOCK_DGRAM });
die "$server: $error\\n" if $error;
print "perl\\n";
for my $query (@queries) {
  my $socket;
  socket($socket, $to->{family}, $to->{socktype}, $to->{protocol}) && connect($socket, $to->{addr}) or die "$server: $!\\n";
  setsockopt($socket, SOL_SOCKET, SO_RCVTIMEO, pack("l!l!", int($limit / 1000), $limit % 1000 * 1000));
  my $answer;
  for (1 .. ${TRIES}) {
    send($socket, pack("H*", $query), 0);
    last if defined recv($socket, $answer, 65535, 0) && length $answer;
    print STDERR "$server port $port: $!\\n";
  }
  print defined $answer && length $answer ? unpack("H*", $answer) : "-", "\\n";
}
`;
