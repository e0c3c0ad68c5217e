import * as assert from 'uvu/assert';
import { diffLines } from '../../../src/ui/diff-lines.ts';
import type { DiffView, FileView } from '../../../src/ui/diff-view.ts';
import { suite } from '../../support/suite.ts';

const test = suite('a difference for people');

const digest = (letter: string) => `sha256:${letter.repeat(64)}`;
const nothing = { added: [], removed: [], changed: [] };
const entry = { type: 'file', mode: 0o644, uid: 0, gid: 0 };
const NONE: DiffView = {
  before: { name: 'web@6', digest: digest('a'), bytes: 812_000_000 },
  after: { name: 'web@7', digest: digest('b'), bytes: 812_000_000 },
  same: false,
  why: [],
  tools: [],
  packages: { upgraded: [], downgraded: [], added: [], removed: [] },
  services: nothing,
  users: nothing,
  ports: nothing,
  files: {
    configuration: [],
    outside: [],
    byPackages: 0,
    byPackageManager: 0,
    setUid: { added: [], removed: [] },
    growth: [],
  },
};
const TITLE = 'web@6 aaaaaaaaaaaa → web@7 bbbbbbbbbbbb';
const app = { name: 'app', uid: 999, gid: 999, home: '/', shell: '/bin/sh' };

const EVERYTHING: DiffView = {
  ...NONE,
  before: { ...NONE.before, bytes: 815_000_000 },
  why: [
    { text: 'the base is another: hardened@3 → hardened@4' },
    { text: 'the bundle has other files', changes: [{ name: 'provisioners/web.pp', kind: 'changed' }] },
  ],
  tools: [
    { name: 'engine', kind: 'changed', from: '20', to: '25' },
    { name: 'qemu', kind: 'removed', from: '7' },
    { name: 'puppet', kind: 'added', to: '8' },
  ],
  packages: {
    upgraded: [{ name: 'openssl', from: '3.0.16', to: '3.0.17' }],
    downgraded: [{ name: 'curl', from: '8', to: '7' }],
    added: [{ name: 'jq', version: '1.6' }],
    removed: [{ name: 'nano', version: '7.2' }],
  },
  services: {
    added: [{ unit: 'new.service', state: 'enabled' }],
    removed: [],
    changed: [
      { before: { unit: 'ssh.service', state: 'enabled' }, after: { unit: 'ssh.service', state: 'masked' } },
    ],
  },
  users: {
    added: [app],
    removed: [{ ...app, name: 'old', gid: 50 }],
    changed: [
      { before: { ...app, name: 'www' }, after: { ...app, name: 'www', uid: 33, shell: '/bin/bash' } },
    ],
  },
  ports: {
    added: [{ protocol: 'tcp6', address: '::', port: 22 }],
    removed: [{ protocol: 'tcp', address: '0.0.0.0', port: 80, process: 'nginx' }],
    changed: [
      {
        before: { protocol: 'udp', address: '0.0.0.0', port: 53, process: 'named' },
        after: { protocol: 'udp', address: '0.0.0.0', port: 53, process: 'dnsmasq' },
      },
    ],
  },
  files: {
    configuration: [
      {
        path: 'etc/motd',
        kind: 'changed',
        what: ['content', 'mode', 'owner', 'xattrs'],
        before: entry,
        after: { ...entry, mode: 0o4600, uid: 33, gid: 4 },
      },
      {
        path: 'etc/localtime',
        kind: 'changed',
        what: ['target'],
        before: { ...entry, target: 'a' },
        after: { ...entry, target: 'b' },
      },
    ],
    outside: [
      { path: 'opt/x\u001b[2J', kind: 'added', what: [] },
      {
        path: 'opt/y',
        kind: 'changed',
        what: ['type'],
        before: entry,
        after: { ...entry, type: 'directory' },
      },
    ],
    byPackages: 12,
    byPackageManager: 5,
    setUid: {
      added: [{ path: 'usr/bin/odd', bit: 'set-uid', as: 0 }],
      removed: [{ path: 'usr/bin/wall', bit: 'set-gid', as: 5, package: 'bsdutils' }],
    },
    growth: [
      { what: '/var/www', bytes: -4_000_000 },
      { what: 'openssl', bytes: 1_000_000 },
      { what: '/opt', bytes: 99_999 },
    ],
  },
};

test('a difference has a section for each kind of thing, in words', () => {
  assert.equal(diffLines(EVERYTHING), [
    TITLE,
    'why:',
    '  the base is another: hardened@3 → hardened@4',
    '  the bundle has other files:',
    '    ~ provisioners/web.pp',
    'packages:',
    '  ~ openssl 3.0.16 → 3.0.17',
    '  ~ curl 8 → 7 (downgraded)',
    '  + jq 1.6',
    '  - nano 7.2',
    'services:',
    '  + new.service (enabled)',
    '  ~ ssh.service: enabled → masked',
    'users:',
    '  + app (999)',
    '  - old (999, group 50)',
    '  ~ www: uid 999 → 33, shell /bin/sh → /bin/bash',
    'listening ports:',
    '  + tcp6 [::]:22',
    '  - tcp 0.0.0.0:80 (nginx)',
    '  ~ udp 0.0.0.0:53: named → dnsmasq',
    'set-uid and set-gid files:',
    '  + /usr/bin/odd set-uid, runs as root (of no package)',
    '  - /usr/bin/wall set-gid, runs as group 5 (of bsdutils)',
    'configuration files:',
    '  ~ /etc/motd (content, mode 644 → 4600, owner 0:0 → 33:4, capabilities)',
    '  ~ /etc/localtime (a → b)',
    'other files outside packages:',
    '  + /opt/x',
    '  ~ /opt/y (file → directory)',
    'files of packages:',
    '  12 with the packages above',
    '  5 of the package manager’s own',
    'size: 815 MB → 812 MB (−3)',
    '  −4.0 MB /var/www',
    '  +1.0 MB openssl',
    'baked with:',
    '  ~ engine 20 → 25',
    '  - qemu 7',
    '  + puppet 8',
  ]);
});

test('what did not change is not mentioned, and that nothing went in that differs is', () => {
  assert.equal(diffLines(NONE), [
    TITLE,
    'why: nothing that went in differs: what a step fetched, or when it ran, did',
  ]);
});

test('the same content is one line, and what went in all the same', () => {
  assert.equal(diffLines({ ...NONE, same: true }), [`${TITLE}: the same content`]);
  const why = [{ text: 'the template says something\u001b[2J else' }];
  assert.equal(diffLines({ ...EVERYTHING, why, same: true }), [
    `${TITLE}: the same content`,
    'what went in differs all the same:',
    '  the template says something else',
  ]);
});

test('files that cannot be compared are told with the reason', () => {
  const { files: _files, ...unknown } = NONE;
  const lines = diffLines({ ...unknown, filesUnknown: 'the content manifest of web@6 is gone' });
  assert.is(lines.at(-1), 'files: unknown, because the content manifest of web@6 is gone');
});

test('a long section is cut with a count, and whole when all of it is asked for', () => {
  const many = (count: number): DiffView => {
    const outside = Array.from({ length: count }, (_, index): FileView => {
      return { path: `srv/${index}`, kind: 'added', what: [] };
    });
    return { ...NONE, ...(NONE.files === undefined ? {} : { files: { ...NONE.files, outside } }) };
  };
  const cut = diffLines(many(50));
  assert.equal(cut.slice(-2), ['  + /srv/39', '  … and 10 more; --all shows them']);
  assert.is(diffLines(many(41)).at(-1), '  + /srv/40');
  assert.is(diffLines(many(50), { all: true }).at(-1), '  + /srv/49');
});

test('changelogs stand below the packages, those that are unknown with the reason', () => {
  const about = 'bookworm-security; urgency=high';
  const entries = [
    { version: '3.0.17', about, lines: ['  * CVE-1', '    and \u001b[31mmore'] },
    { version: '3.0.16-2', about, lines: Array.from({ length: 45 }, (_, index) => `  * ${index}`) },
  ];
  const changelogs = [
    { packages: ['libssl3', 'openssl'], from: '3.0.16', to: '3.0.17', entries, cut: true },
    {
      packages: ['nano'],
      from: '7',
      to: '8',
      entries: [],
      cut: false,
      unknown: 'the image has no changelog of it',
    },
  ];
  const lines = diffLines({ ...NONE, changelogs });
  assert.equal(lines.slice(2, 9), [
    'changelogs:',
    '  libssl3, openssl 3.0.16 → 3.0.17',
    '    3.0.17 (bookworm-security; urgency=high)',
    '      * CVE-1',
    '      and more',
    '    3.0.16-2 (bookworm-security; urgency=high)',
    '      * 0',
  ]);
  assert.equal(lines.slice(-3), [
    '      * 35',
    '    … and 9 more lines; --all shows them',
    '  nano 7 → 8: the image has no changelog of it',
  ]);
  const whole = diffLines({ ...NONE, changelogs }, { all: true });
  assert.equal(whole.slice(-3, -1), ['      * 44', '    … and more, which is left out']);
});

test.run();
