import {
  type CheckCase,
  jsonCases,
  linesCases,
  listCases,
  mapCases,
  numberCases,
  numericTextCases,
  textCases,
  truthCases,
  versionsCases,
} from './check-cases.ts';
import { KNOWN_TEXT, type Known, knownDigest } from './known-machine.ts';

/** One attribute of one resource, and what holds for it and does not; `others` is what the check has besides. */
export interface CheckRow {
  readonly kind: string;
  readonly attribute: string;
  readonly cases: readonly CheckCase[];
  readonly others: object;
}

/** Long enough for many at once on a busy host. */
const TIMEOUT = 30_000;

/** Every attribute of every resource that goss v0.4.9 matches on, as it is in a known machine. */
export function checkTable(known: Known): CheckRow[] {
  return [
    ...rows('addr', { address: 'tcp://127.0.0.1:8080', timeout: TIMEOUT }, { reachable: truthCases(true) }),
    ...rows(
      'addr',
      { address: 'tcp://127.0.0.1:1', 'local-address': '127.0.0.1', timeout: TIMEOUT },
      { reachable: truthCases(false) },
    ),
    ...rows(
      'command',
      {
        exec: `printf '${KNOWN_TEXT.replaceAll('\n', '\\n')}'; cat /opt/known >&2; exit 3`,
        'exit-status': 3,
        timeout: TIMEOUT,
      },
      { 'exit-status': numberCases(3), stdout: linesCases(KNOWN_TEXT), stderr: linesCases(KNOWN_TEXT) },
    ),
    ...rows(
      'dns',
      { resolve: 'localhost', resolvable: true, timeout: TIMEOUT },
      { resolvable: truthCases(true) },
    ),
    ...rows(
      'dns',
      { resolve: 'none.test', server: '127.0.0.1:5353', resolvable: false, timeout: TIMEOUT },
      { resolvable: truthCases(false) },
    ),
    ...rows(
      'dns',
      { resolve: 'one.test', server: '127.0.0.1:5353', resolvable: true, timeout: TIMEOUT },
      { addrs: listCases(['192.0.2.1', '192.0.2.2', '2001:db8::1']) },
    ),
    ...rows('file', { path: '/opt/none', exists: false }, { exists: truthCases(false) }),
    ...rows(
      'file',
      { path: '/opt/known', exists: true },
      {
        exists: truthCases(true),
        mode: modeCases(),
        owner: textCases('daemon'),
        uid: numberCases(1),
        group: textCases('adm'),
        gid: numberCases(4),
        filetype: textCases('file', 'directory'),
        size: numberCases(KNOWN_TEXT.length),
        contents: linesCases(KNOWN_TEXT),
        contains: linesCases(KNOWN_TEXT),
        md5: textCases(knownDigest('md5'), '0'.repeat(32)),
        sha256: textCases(knownDigest('sha256'), '0'.repeat(64)),
        sha512: textCases(knownDigest('sha512'), '0'.repeat(128)),
      },
    ),
    ...rows('file', { path: '/opt/link', exists: true }, { 'linked-to': textCases('/opt/known') }),
    ...rows(
      'group',
      { groupname: 'known', exists: true },
      { exists: truthCases(true), gid: numberCases(1234) },
    ),
    ...rows(
      'http',
      { url: 'http://127.0.0.1:8080/', status: 200, timeout: TIMEOUT },
      {
        status: numberCases(200),
        headers: linesCases('Content-Type: text/plain\nX-Known: yes'),
        body: linesCases('golden hour\nline two\n'),
      },
    ),
    ...rows(
      'interface',
      { name: 'lo', exists: true },
      { exists: truthCases(true), mtu: numberCases(known.mtu), addrs: listCases(known.addresses) },
    ),
    ...rows('kernel-param', { name: 'kernel.ostype', value: 'Linux' }, { value: textCases('Linux') }),
    ...rows(
      'kernel-param',
      { name: 'net.core.somaxconn', value: 'x' },
      { value: numericTextCases(known.somaxconn) },
    ),
    ...rows(
      'mount',
      { mountpoint: '/dev/shm', exists: true, timeout: TIMEOUT },
      {
        exists: truthCases(true),
        opts: listCases(known.shm.opts),
        'vfs-opts': listCases(known.shm.vfs),
        source: textCases(known.shm.source),
        filesystem: textCases('tmpfs'),
      },
    ),
    ...rows(
      'mount',
      { mountpoint: '/run', exists: true, timeout: TIMEOUT },
      { usage: numberCases(known.runUsage) },
    ),
    ...rows('package', { name: 'systemd', installed: true }, { installed: truthCases(true) }),
    ...rows('package', { name: 'systemd', installed: true }, { versions: oneElementCases(known.systemd) }),
    ...rows(
      'port',
      { port: 'tcp:8080', listening: true },
      { listening: truthCases(true), ip: oneElementCases('127.0.0.1') },
    ),
    ...rows('process', { comm: 'perl' }, { running: truthCases(true) }),
    ...rows('service', { name: 'known-http' }, { enabled: truthCases(true), running: truthCases(true) }),
    ...rows('service', { name: 'no-such' }, { enabled: truthCases(false), running: truthCases(false) }),
    ...rows('service', { name: 'known-http' }, { runlevels: noneCases() }),
    ...rows(
      'user',
      { username: 'known', exists: true },
      {
        exists: truthCases(true),
        uid: numberCases(1234),
        gid: numberCases(1234),
        groups: listCases(['adm', 'known']),
        home: textCases('/srv/known'),
        shell: textCases('/bin/sh'),
      },
    ),
    ...matchingRows('text', 'alpha', textCases('alpha')),
    ...matchingRows('number', 42, numberCases(42)),
    ...matchingRows('truth', true, truthCases(true)),
    ...matchingRows('numeric text', '42', numericTextCases('42')),
    ...matchingRows('list', ['foo', 'bar', 'moo'], listCases(['foo', 'bar', 'moo'])),
    ...matchingRows('versions', ['1.0.1', '1.9.9'], versionsCases(['1.0.1', '1.9.9'])),
    ...matchingRows('map', { known: 1, other: ['a'] }, mapCases({ known: 1, other: ['a'] })),
    ...matchingRows('json', '{"name":{"first":"Tom"},"tags":["a","b"],"n":3}', jsonCases()),
    ...matchingRows('lines', KNOWN_TEXT, linesCases(KNOWN_TEXT), { 'as-reader': true }),
  ];
}

/** The checks of a table in goss's own form, all that must pass and all that must fail, with what is looked at in each. */
export function tableChecks(table: readonly CheckRow[]) {
  const passing = new Checks();
  const failing = new Checks();
  for (const [row, { kind, attribute, cases, others }] of table.entries()) {
    for (const { matcher, good, bad } of cases) {
      const name = `${attribute} ${matcher} ${row}`;
      if (good !== undefined) passing.add(kind, name, { ...others, [attribute]: good }, attribute);
      failing.add(kind, name, { ...others, [attribute]: bad }, attribute);
    }
  }
  return { passing, failing };
}

/** Checks, and the keys `kind name: attribute` of what is judged in them. */
class Checks {
  readonly checks: Record<string, Record<string, object>> = {};
  readonly keys: string[] = [];

  add(kind: string, name: string, check: object, attribute: string): void {
    this.checks[kind] = { ...this.checks[kind], [name]: check };
    this.keys.push(`${kind} ${name}: ${attribute}`);
  }
}

function rows(
  kind: string,
  others: object,
  attributes: Readonly<Record<string, readonly CheckCase[]>>,
): CheckRow[] {
  return Object.entries(attributes).map(([attribute, cases]) => ({ kind, attribute, cases, others }));
}

function matchingRows(
  of: string,
  content: unknown,
  cases: readonly CheckCase[],
  more: object = {},
): CheckRow[] {
  return rows('matching', { content, title: of, ...more }, { matches: cases });
}

/** A list of one element cannot be in another order. */
function oneElementCases(value: string): CheckCase[] {
  return listCases([value]).map((one) =>
    one.matcher === 'equal' ? { ...one, bad: { equal: [`${value}x`] } } : one,
  );
}

/** Of four octal digits, of which no number is made where they stand by themselves. */
function modeCases(): CheckCase[] {
  const compared = ['gt', 'ge', 'lt', 'le'];
  return [
    ...textCases('0640', '0600').filter(({ matcher }) => !compared.includes(matcher)),
    ...numberCases(640).filter(({ matcher }) => compared.includes(matcher)),
  ];
}

/** Of a list without elements, whose text is empty. */
function noneCases(): CheckCase[] {
  const bad = listCases(['3']).filter(({ matcher }) => matcher !== 'not');
  const good: Readonly<Record<string, unknown>> = {
    default: [],
    equal: { equal: [] },
    'have-prefix': { 'have-prefix': '' },
    'have-suffix': { 'have-suffix': '' },
    'contain-substring': { 'contain-substring': '' },
    'match-regexp': { 'match-regexp': '^$' },
    'have-patterns': { 'have-patterns': ['!3'] },
    'have-len': { 'have-len': 0 },
    'contain-elements': { 'contain-elements': [] },
    'consist-of': { 'consist-of': [] },
    and: { and: [[], { not: ['3'] }] },
    or: { or: [['3'], []] },
  };
  return [
    ...bad.map(({ matcher, bad }) =>
      matcher in good ? { matcher, good: good[matcher], bad } : { matcher, bad },
    ),
    { matcher: 'not', good: { not: ['3'] }, bad: { not: { 'have-len': 0 } } },
  ];
}
