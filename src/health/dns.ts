import { isIP } from 'node:net';
import { shellJoin } from '../core/shell-quote.ts';
import type { DnsCheck } from './checks.ts';
import { dnsAnswers, dnsQuery, RECORD_TYPES, type RecordType, reverseName } from './dns-message.ts';
import {
  askServerFromOutside,
  askServerScript,
  type DnsQuestion,
  isOwnServer,
  readServer,
  TRIES,
} from './dns-server.ts';
import { always, type Entry, type Facts, type Fragment, fromRecord, type Kind } from './kind.ts';
import { seconds } from './seconds.ts';

/** goss's. */
const DEFAULT_TIMEOUT_MS = 500;

/** For a client to start on a slow machine. */
const GRACE_MS = 2000;

const hostsFile: Fragment = { key: 'hosts', script: 'cat /etc/hosts' };

/**
 * What a name leads to. With `server` that name server is asked, by perl inside the machine or else from this host;
 * without it the machine itself, by `/etc/hosts`, perl or getent.
 */
export const dns: Kind<DnsCheck> = {
  name: 'dns',
  attributes: { resolvable: 'value', addrs: 'value' },
  required: 'resolvable',
  leads: true,
  subject(id, check) {
    const text = check.resolve ?? id;
    const { type, name } = readName(text);
    if (
      !/^[\w.:-]+$/.test(name) ||
      name.startsWith('-') ||
      name.split('.').some((label) => label.length > 63)
    )
      throw new Error(`"${name}" is no name to look up`);
    if (type !== undefined && check.server === undefined)
      throw new Error(
        `a record of type ${type} needs a server to ask; without one, only addresses are looked up`,
      );
    if (type === 'PTR') reverseName(name);
    if (check.server !== undefined) readServer(check.server);
    return text;
  },
  ask: (entries) => [
    hostsFile,
    ...entries.filter(isAsked).map((entry) => ({
      key: entry.key,
      script: entry.check.server === undefined ? lookUpScript(entry) : askServerScript(questionOf(entry)),
      limit: timeoutOf(entry) * TRIES * typesOf(entry).length + GRACE_MS,
    })),
  ],
  fromOutside: ({ check: { server } }) => server !== undefined && isOwnServer(readServer(server)),
  async askOutside(entries, facts, outside) {
    const unasked = entries.filter(
      (entry) => entry.check.server !== undefined && facts.get(`${entry.key}.out`)?.startsWith('none'),
    );
    const answers = await Promise.all(
      unasked.map(async (entry) => await askServerFromOutside(questionOf(entry), outside)),
    );
    return new Map(unasked.map(({ key }, index) => [`${key}.out`, answers[index] ?? 'none']));
  },
  see(entry, facts) {
    if (!isAsked(entry)) return shown([entry.subject], 'it is an address itself');
    if (entry.check.server === undefined) {
      const known = inHosts(facts.get('hosts') ?? '', entry.subject);
      if (known.length > 0) return shown(known, 'from /etc/hosts');
    }
    if (facts.get(`${entry.key}.exit`) === 'late')
      return always({ unknown: `no answer within ${seconds(timeoutOf(entry))}, ${TRIES} times` });
    const [way = '', ...lines] = (facts.get(`${entry.key}.out`) ?? '').trim().split('\n');
    if (way === 'none') return always({ unsupported: whyNone(entry) });
    const evidence = way === 'outside' ? 'asked from outside' : `asked with ${way} inside the machine`;
    if (way === '') return always({ unknown: reasonIn(facts, entry) });
    return entry.check.server === undefined
      ? shown(lines, evidence)
      : fromServer(entry, lines, facts, evidence);
  },
};

function readName(text: string): { type?: RecordType; name: string } {
  const [, type, name] = /^([A-Z]+):(.*)$/.exec(text) ?? [];
  if (type === undefined || name === undefined) return { name: text };
  if (!Object.hasOwn(RECORD_TYPES, type))
    throw new Error(
      `${type} is no type of record that can be asked for: there are ${Object.keys(RECORD_TYPES).join(', ')}`,
    );
  return { type: type as RecordType, name };
}

function timeoutOf({ check }: Entry<DnsCheck>): number {
  return check.timeout || DEFAULT_TIMEOUT_MS;
}

/** An address is its own answer where no server is asked. */
function isAsked({ subject, check }: Entry<DnsCheck>): boolean {
  return check.server !== undefined || isIP(subject) === 0;
}

/** Without a type, both kinds of addresses. */
function typesOf({ subject }: Entry<DnsCheck>): readonly RecordType[] {
  const { type } = readName(subject);
  return type === undefined ? ['A', 'AAAA'] : [type];
}

function questionOf(entry: Entry<DnsCheck>): DnsQuestion {
  const { name } = readName(entry.subject);
  const queries = typesOf(entry).map((type) => dnsQuery(type, name));
  return { ...readServer(entry.check.server ?? ''), timeout: timeoutOf(entry), queries };
}

/** Prints the client, then an address on each line; nothing after the client when there is none. */
function lookUpScript({ subject }: Entry<DnsCheck>): string {
  return [
    `if command -v perl >/dev/null 2>&1; then ${shellJoin(['perl', '-e', PERL, subject])}`,
    'elif command -v getent >/dev/null 2>&1; then echo getent',
    `  ${shellJoin(['getent', 'ahosts', subject])} | while read -r address _; do echo "$address"; done`,
    'else echo none; fi',
  ].join('\n');
}

function inHosts(text: string, name: string): string[] {
  const wanted = name.toLowerCase().replace(/\.$/, '');
  return text.split('\n').flatMap((line) => {
    const [address = '', ...names] = line.replace(/#.*/, '').trim().split(/\s+/);
    return isIP(address) !== 0 && names.some((one) => one.toLowerCase() === wanted) ? [address] : [];
  });
}

function fromServer(entry: Entry<DnsCheck>, replies: readonly string[], facts: Facts, evidence: string) {
  const { name } = readName(entry.subject);
  // As goss: of a name's two kinds of addresses one may be missing.
  const answered = typesOf(entry).flatMap((type, index) => {
    const reply = replies[index] ?? '-';
    return reply === '-' ? [] : [{ type, reply }];
  });
  if (answered.length === 0) return { ...always({ unknown: reasonIn(facts, entry) }), evidence: [evidence] };
  try {
    return shown(
      answered.flatMap(({ type, reply }) => dnsAnswers(reply, type, name)),
      evidence,
    );
  } catch (error) {
    return { ...always({ unknown: (error as Error).message }), evidence: [evidence] };
  }
}

function shown(found: readonly string[], evidence: string) {
  const addrs = [...new Set(found)].sort();
  return { ...fromRecord({ resolvable: addrs.length > 0, addrs }), evidence: [evidence] };
}

function reasonIn(facts: Facts, { key }: Entry<DnsCheck>): string {
  const reason = (facts.get(`${key}.err`) ?? '').trim().split('\n').at(-1);
  return `no answer${reason ? `: ${reason}` : ''}`;
}

function whyNone({ check }: Entry<DnsCheck>): string {
  return check.server === undefined
    ? 'the name is not in /etc/hosts, and no perl or getent is inside to look it up'
    : 'no perl is inside, and the machine has no address to ask its own name server from outside';
}

const PERL = `use strict; use Socket qw(SOCK_STREAM NI_NUMERICHOST NIx_NOSERV getaddrinfo getnameinfo);
print "perl\\n";
my ($error, @found) = getaddrinfo($ARGV[0], "", { socktype => SOCK_STREAM });
print STDERR "$error\\n" if $error;
for (@found) {
  my ($wrong, $address) = getnameinfo($_->{addr}, NI_NUMERICHOST, NIx_NOSERV);
  print "$address\\n" unless $wrong;
}
`;
