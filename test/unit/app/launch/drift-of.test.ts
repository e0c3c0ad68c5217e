import * as assert from 'uvu/assert';
import { type DriftChange, driftOf } from '../../../../src/app/launch/drift-of.ts';
import { digestOf } from '../../../../src/core/digest.ts';
import type { TarInput } from '../../../../src/core/tar/member.ts';
import { suite } from '../../../support/suite.ts';
import { EPOCH, file, folder, hardlink, manifestOf, sourceOf, symlink } from '../../tree/sample-tree.ts';

const test = suite('drift of a running tree');

const IMAGE = [
  folder('etc'),
  file('etc/motd', 'hello'),
  file('etc/machine-id', ''),
  symlink('etc/os-release', '../usr/lib/os-release'),
  folder('srv'),
  folder('srv/app'),
  file('srv/app/data', 'one'),
  folder('var'),
  folder('var/log'),
  folder('var/log/app'),
  file('var/log/app/access.log', ''),
  folder('tmp', { mode: 0o1777 }),
];

/** The drift of the image with some members replaced, added or (by their path alone) removed. */
async function drifted(
  changes: readonly (TarInput | string)[],
  options: { readonly state?: readonly string[]; readonly signal: AbortSignal },
): Promise<DriftChange[]> {
  const { state = [], signal } = options;
  const paths = changes.map((change) => (typeof change === 'string' ? change : change.path));
  const now = [
    ...IMAGE.filter(({ path }) => !paths.includes(path)),
    ...changes.filter((change) => typeof change !== 'string'),
  ];
  return await driftOf(sourceOf(now), await manifestOf(IMAGE), state, signal);
}

const told = (changes: readonly DriftChange[]) =>
  changes.map(({ path, kind, what }) => [path, kind, ...what].join(' '));

test('a machine that only ran has not drifted', async ({ signal }) => {
  const ran = [
    file('etc/machine-id', '0123\n'),
    file('var/log/app/access.log', 'GET /\n'),
    file('var/log/app/access.log.1', 'GET /\n'),
    file('tmp/upload', 'x'),
    folder('tmp/systemd-private-1', { mode: 0o700 }),
    folder('var/log/journal', { mode: 0o2755, gid: 999 }),
    file('dev/null', ''),
    file('etc/hosts', '127.0.0.1 web'),
  ];
  assert.equal(await drifted(ran, { signal }), []);
});

test('a change says what the image has and what is there now', async ({ signal }) => {
  const changes = await drifted([file('etc/motd', 'HELLO!', { mode: 0o4755, uid: 33, gid: 4 })], { signal });
  const sha256 = (content: string) => digestOf(content).slice('sha256:'.length);
  assert.equal(changes, [
    {
      path: '/etc/motd',
      kind: 'changed',
      what: ['content', 'mode', 'owner'],
      before: { type: 'file', mode: '0644', owner: '0:0', size: 5, sha256: sha256('hello') },
      after: { type: 'file', mode: '4755', owner: '33:4', size: 6, sha256: sha256('HELLO!') },
    },
  ]);
});

test('content of equal size and an old time is found', async ({ signal }) => {
  const changed = [file('etc/motd', 'jello', { mtime: EPOCH - 1000 })];
  assert.equal(told(await drifted(changed, { signal })), ['/etc/motd changed content']);
});

test('what came, went or leads elsewhere is named by its absolute path, in order', async ({ signal }) => {
  const changes = await drifted(
    [
      folder('root'),
      folder('root/.ssh'),
      file('root/.ssh/authorized_keys', 'ssh-ed25519 …'),
      symlink('etc/os-release', '/tmp/own'),
      'srv/app',
      'srv/app/data',
    ],
    { signal },
  );
  assert.equal(told(changes), [
    '/etc/os-release changed target',
    '/root added',
    '/root/.ssh added',
    '/root/.ssh/authorized_keys added',
    '/srv/app removed',
    '/srv/app/data removed',
  ]);
  assert.is(changes[0]?.after?.target, '/tmp/own');
});

test('running changes no mode, owner or type of what the image has', async ({ signal }) => {
  const changes = await drifted(
    [
      symlink('etc/machine-id', '/tmp/id'),
      folder('var/log', { mode: 0o777 }),
      file('var/log/app/access.log', 'GET /\n', { uid: 33 }),
      folder('tmp', { mode: 0o755 }),
    ],
    { signal },
  );
  assert.equal(told(changes), [
    '/etc/machine-id changed type mode',
    '/tmp changed mode',
    '/var/log changed mode',
    '/var/log/app/access.log changed owner',
  ]);
});

test('a log may be rotated away; its folder and the machine id may not go', async ({ signal }) => {
  assert.equal(await drifted(['var/log/app/access.log'], { signal }), []);
  assert.equal(told(await drifted(['var/log/app', 'var/log/app/access.log', 'etc/machine-id'], { signal })), [
    '/etc/machine-id removed',
    '/var/log/app removed',
  ]);
});

test('nothing that gives rights comes of running, wherever it lies', async ({ signal }) => {
  const capability = { xattrs: { 'security.capability': 'AQAAAg==' } };
  const changes = await drifted(
    [
      file('tmp/sh', '#!', { mode: 0o4755 }),
      file('tmp/group', '#!', { mode: 0o2755 }),
      file('tmp/ping', '#!', { mode: 0o755, ...capability }),
      { ...folder('tmp/disk'), type: 'block', device: [8, 0] },
      hardlink('var/log/sh', 'tmp/sh'),
      folder('tmp/shared', { mode: 0o2777 }),
    ],
    { signal },
  );
  assert.equal(
    changes.map(({ path }) => path),
    ['/tmp/disk', '/tmp/group', '/tmp/ping', '/tmp/sh', '/var/log/sh'],
  );
});

test('what the template calls state may change, with all below it and nothing beside it', async ({
  signal,
}) => {
  const changes = [
    folder('srv/app', { mode: 0o700, uid: 33 }),
    file('srv/app/data', 'two'),
    file('srv/app/more', 'x'),
    file('srv/application', 'x'),
    file('srv/app-2', 'x'),
  ];
  assert.equal(told(await drifted(changes, { state: ['/srv/app'], signal })), [
    '/srv/app-2 added',
    '/srv/application added',
  ]);
  assert.is((await drifted(changes, { state: ['/srv/app/'], signal })).length, 2);
  assert.is((await drifted(changes, { state: ['/var', '/srv/app/data'], signal })).length, 4);
});

test.run();
