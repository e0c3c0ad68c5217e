import { dnsQuery, type RecordType } from '../../src/health/dns-message.ts';

/** What a name server holds: the data of each record, in the octets of the wire. */
export interface DnsRecord {
  readonly type: RecordType;
  readonly name: string;
  readonly data: readonly Buffer[];
}

/** A name in the octets of the wire, without pointers. */
export function wireName(name: string): Buffer {
  const labels = name.split('.').filter((label) => label !== '');
  return Buffer.concat([
    ...labels.flatMap((label) => [Buffer.from([label.length]), Buffer.from(label)]),
    Buffer.from([0]),
  ]);
}

/** A text of at most 255 octets with its length before it. */
export function wireText(text: string): Buffer {
  return Buffer.concat([Buffer.from([Buffer.byteLength(text)]), Buffer.from(text)]);
}

/** The reply to the question after this record, in hex, without the two octets of its id. */
export function dnsReply({ type, name, data }: DnsRecord): string {
  const question = questionOf(type, name);
  const head = Buffer.from([0x81, 0x80, 0, 1, 0, data.length, 0, 0, 0, 0]);
  const answers = data.flatMap((one) => [
    // A pointer to the question's name, the type and class as there, a minute to live.
    Buffer.from([0xc0, 12]),
    question.subarray(-4),
    Buffer.from([0, 0, 0, 60, one.length >> 8, one.length & 0xff]),
    one,
  ]);
  return Buffer.concat([head, question, ...answers]).toString('hex');
}

/** Name, type and class as they are asked. */
export function questionOf(type: RecordType, name: string): Buffer {
  return Buffer.from(dnsQuery(type, name), 'hex').subarray(12);
}

/** Perl that answers on UDP port 5353 of loopback from these records, and knows of no other name. */
export function dnsServer(records: readonly DnsRecord[]): string {
  const known = records.map(
    (record) => `"${questionOf(record.type, record.name).toString('hex')}" => "${dnsReply(record)}",`,
  );
  return `use strict; use Socket;
my %known = (
${known.join('\n')}
);
socket(my $socket, AF_INET, SOCK_DGRAM, 0) or die $!;
bind($socket, pack_sockaddr_in(5353, inet_aton("127.0.0.1"))) or die $!;
while (my $from = recv($socket, my $asked, 4096, 0)) {
  my $question = unpack("H*", substr($asked, 12));
  my $reply = $known{$question} || "8183" . "00010000" . "00000000" . $question;
  send($socket, substr($asked, 0, 2) . pack("H*", $reply), 0, $from);
}
`;
}
