import { createHash } from 'node:crypto';
import { isIP } from 'node:net';
import { shortestIpv6 } from './port.ts';

/** The types of records that goss knows (https://www.iana.org/assignments/dns-parameters), with their numbers. */
export const RECORD_TYPES = {
  A: 1,
  NS: 2,
  CNAME: 5,
  PTR: 12,
  MX: 15,
  TXT: 16,
  AAAA: 28,
  SRV: 33,
  CAA: 257,
} as const;

export type RecordType = keyof typeof RECORD_TYPES;

/** A question to a name server (RFC 1035, 4.1) in hex, that asks for recursion; of PTR the name is an address. */
export function dnsQuery(type: RecordType, name: string): string {
  const id = idOf(type, name);
  const header = Buffer.from([id >> 8, id & 0xff, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
  const asked = type === 'PTR' ? reverseName(name) : name;
  const labels = asked.split('.').filter((label) => label !== '');
  const bytes = labels.flatMap((label) => [Buffer.from([Buffer.byteLength(label)]), Buffer.from(label)]);
  const end = Buffer.from([0, RECORD_TYPES[type] >> 8, RECORD_TYPES[type] & 0xff, 0, 1]);
  return Buffer.concat([header, ...bytes, end]).toString('hex');
}

/**
 * What a reply in hex answers to the question of this type and name, as goss writes it; throws an Error for one that cannot
 * be read.
 */
export function dnsAnswers(reply: string, type: RecordType, name: string): string[] {
  const message = Buffer.from(reply, 'hex');
  try {
    if (message.readUInt16BE(0) !== idOf(type, name)) throw new Error('it answers another question');
    return readAnswers(message, type);
  } catch (error) {
    throw new Error(`the name server's answer cannot be read: ${(error as Error).message}`, { cause: error });
  }
}

/** The same in each round, as the program that asks is. */
function idOf(type: RecordType, name: string): number {
  return createHash('sha256').update(`${type} ${name}`).digest().readUInt16BE();
}

function readAnswers(message: Buffer, type: RecordType): string[] {
  let at = 12;
  for (let left = message.readUInt16BE(4); left > 0; left--) at = readName(message, at).end + 4;
  const found: string[] = [];
  for (let left = message.readUInt16BE(6); left > 0; left--) {
    const { end } = readName(message, at);
    const length = message.readUInt16BE(end + 8);
    if (message.readUInt16BE(end) === RECORD_TYPES[type])
      found.push(...READERS[type](message, end + 10, length));
    at = end + 10 + length;
  }
  return found;
}

type Read = (message: Buffer, at: number, length: number) => string[];

const READERS: Readonly<Record<RecordType, Read>> = {
  A: (message, at) => [[...message.subarray(at, at + 4)].join('.')],
  AAAA: (message, at) => [
    shortestIpv6(Array.from({ length: 8 }, (_, group) => message.readUInt16BE(at + 2 * group).toString(16))),
  ],
  NS: (message, at) => [readName(message, at).name],
  CNAME: (message, at) => [readName(message, at).name],
  PTR: (message, at) => [readName(message, at).name],
  MX: (message, at) => [`${message.readUInt16BE(at)} ${readName(message, at + 2).name}`],
  SRV(message, at) {
    const [priority, weight, port] = [0, 2, 4].map((offset) => message.readUInt16BE(at + offset));
    return [`${priority} ${weight} ${port} ${readName(message, at + 6).name}`];
  },
  TXT(message, at, length) {
    const texts: string[] = [];
    for (let next = at; next < at + length; ) {
      const size = message.readUInt8(next);
      texts.push(escaped(message.subarray(next + 1, next + 1 + size), /["\\]/));
      next += 1 + size;
    }
    return texts;
  },
  CAA(message, at, length) {
    const size = message.readUInt8(at + 1);
    const tag = message.toString('latin1', at + 2, at + 2 + size);
    return [
      `${message.readUInt8(at)} ${tag} ${escaped(message.subarray(at + 2 + size, at + length), /["\\]/)}`,
    ];
  },
};

/** A name with the dot at its end; a pointer leads to where the rest of it stands before. */
function readName(message: Buffer, start: number): { name: string; end: number } {
  const labels: string[] = [];
  let end: number | undefined;
  for (let at = start, jumps = 0; ; ) {
    const length = message.readUInt8(at);
    if (length >= 0xc0) {
      end ??= at + 2;
      at = message.readUInt16BE(at) & 0x3fff;
      if (++jumps > 100) throw new Error('a name leads to itself');
    } else if (length === 0) {
      return { name: labels.length === 0 ? '.' : `${labels.join('.')}.`, end: end ?? at + 1 };
    } else {
      labels.push(escaped(message.subarray(at + 1, at + 1 + length), /[.(); @"\\]/));
      at += 1 + length;
    }
  }
}

/** As zone files write it. */
function escaped(bytes: Uint8Array, special: RegExp): string {
  return Array.from(bytes, (byte) => {
    if (byte < 0x20 || byte > 0x7e) return `\\${String(byte).padStart(3, '0')}`;
    const char = String.fromCharCode(byte);
    return special.test(char) ? `\\${char}` : char;
  }).join('');
}

/** The name that an address has in the reverse tree; throws an Error for what is no address. */
export function reverseName(address: string): string {
  if (isIP(address) === 4) return `${address.split('.').reverse().join('.')}.in-addr.arpa`;
  if (isIP(address) !== 6 || address.includes('%')) throw new Error(`"${address}" is no address`);
  const [left = '', right] = new URL(`http://[${address}]/`).hostname.slice(1, -1).split('::');
  const [before = [], after = []] = [left, right].map((text) => (text ? text.split(':') : []));
  const zeros = Array.from({ length: right === undefined ? 0 : 8 - before.length - after.length }, () => '0');
  const digits = [...before, ...zeros, ...after].map((group) => group.padStart(4, '0')).join('');
  return `${[...digits].reverse().join('.')}.ip6.arpa`;
}
