import { buffer } from 'node:stream/consumers';
import * as assert from 'uvu/assert';
import type { TarInput } from '../../../src/core/tar/member.ts';
import { type SealOptions, sealTree } from '../../../src/seal/seal-tree.ts';
import { scanTree } from '../../../src/tree/capture.ts';
import { suite } from '../../support/suite.ts';
import { EPOCH, file, folder, hardlink, sourceOf, symlink } from '../tree/sample-tree.ts';

const test = suite('sealing a tree');
const NOT_IN_BASE = { epoch: EPOCH, inBase: () => false };
const TODAY = Math.floor(EPOCH / 86_400);

/** The sealed members: path, and content or what a link says. */
async function sealed(members: readonly TarInput[], signal: AbortSignal, options: SealOptions = NOT_IN_BASE) {
  const found: [path: string, content: string][] = [];
  for await (const { path, target, body } of sealTree(sourceOf(members), options).read(signal))
    found.push([path, target === undefined ? (await buffer(body)).toString('latin1') : `-> ${target}`]);
  return found;
}

test('residue goes, logs and the machine id are emptied and keep their mode, the rest passes as it is', async ({
  signal,
}) => {
  const members = [
    file('etc/machine-id', '0123\n', { mode: 0o444 }),
    folder('tmp', { mode: 0o1777 }),
    file('tmp/x', 'x'),
    folder('var/log/nginx'),
    file('var/log/nginx/error.log', 'oops', { mode: 0o640, uid: 33, gid: 4 }),
    file('var/log/nginx/error.log.1', 'oops'),
    symlink('var/log/latest', 'nginx'),
    file('srv/page', '\xff\x00binary'),
  ];
  assert.equal(await sealed(members, signal), [
    ['etc/machine-id', ''],
    ['tmp', ''],
    ['var/log/nginx', ''],
    ['var/log/nginx/error.log', ''],
    ['var/log/latest', '-> nginx'],
    ['srv/page', Buffer.from('\xff\x00binary').toString('latin1')],
  ]);
  const { manifest } = await scanTree(sealTree(sourceOf(members), NOT_IN_BASE), signal);
  const log = manifest.find(({ path }) => path === 'var/log/nginx/error.log');
  assert.equal([log?.mode, log?.uid, log?.gid, log?.size], [0o640, 33, 4, 0]);
});

test('Python that the bake compiled goes, that of the base stays', async ({ signal }) => {
  const members = [
    file('usr/a.pyc', 'a'),
    file('usr/b.pyc', 'b'),
    file('usr/b.py', 'b'),
    folder('usr/c.pyc'),
  ];
  const options = { epoch: EPOCH, inBase: (path: string) => path === 'usr/a.pyc' };
  assert.equal(
    (await sealed(members, signal, options)).map(([path]) => path),
    ['usr/a.pyc', 'usr/b.py', 'usr/c.pyc'],
  );
});

test('passwords were changed no later than the epoch; nothing else of the file is touched', async ({
  signal,
}) => {
  const lines = (day: number) => [
    `root:$6$\xe9:${day}:0:99999:7:::`,
    `old:*:${TODAY - 1}:0:99999:7:::`,
    'never:!::::::',
    'zero:!:0:0:99999:7:::',
    'nonsense',
    '',
  ];
  const shadow = Buffer.from(lines(TODAY + 30).join('\n'), 'latin1');
  const member = { ...file('etc/shadow', '', { mode: 0o640, gid: 42 }), size: shadow.length, body: shadow };
  assert.equal(await sealed([member], signal), [['etc/shadow', lines(TODAY).join('\n')]]);
});

const SSHD = [folder('etc/systemd/system'), file('usr/sbin/sshd', 'elf')];

test('where sshd is started by systemd, it takes its host key from a credential, or makes keys before its first start', async ({
  signal,
}) => {
  const added = (await sealed([file('etc/ssh/ssh_host_rsa_key', 'key'), ...SSHD], signal)).slice(2);
  assert.equal(
    added.map(([path]) => path),
    ['etc/systemd/system/ssh.service.d', 'etc/systemd/system/ssh.service.d/kiln-host-keys.conf'],
  );
  const unit = added[1]?.[1].split('\n') ?? [];
  const commands = unit.filter((line) => line.startsWith('ExecStartPre='));
  // The first, an empty one, takes away those of the unit: the test of the config needs the keys.
  assert.equal(commands, [
    'ExecStartPre=',
    "ExecStartPre=/bin/sh -c 'test ! -s /run/credentials/@system/ssh.host-key || install -m 0600 /run/credentials/@system/ssh.host-key /etc/ssh/ssh_host_ed25519_key'",
    "ExecStartPre=/bin/sh -c 'test -s /run/credentials/@system/ssh.host-key || ssh-keygen -A'",
    'ExecStartPre=/usr/sbin/sshd -t',
  ]);
  assert.ok(unit.indexOf('[Service]') < unit.indexOf('ExecStartPre='));
});

test('root’s keys may come by a credential where sshd reads drop-ins, and from nowhere else', async ({
  signal,
}) => {
  const drop = 'etc/ssh/sshd_config.d/50-kiln-credentials.conf';
  const added = async (...more: TarInput[]) =>
    (await sealed([...more, ...SSHD], signal)).map(([path]) => path);
  assert.not.ok((await added()).includes(drop));
  const [, text] =
    (await sealed([folder('etc/ssh/sshd_config.d'), ...SSHD], signal)).find(([path]) => path === drop) ?? [];
  assert.match(text ?? '', /^Match User root$/m);
  assert.match(text ?? '', /^\s+AuthorizedKeysFile .*@system\/ssh\.ephemeral-authorized_keys-all$/m);
});

test('the disks that a machine booted from are no mounts of its image', async ({ signal }) => {
  const own =
    'PARTUUID=1f / ext4 rw 0 1\nUUID=9A-B /boot/efi vfat umask=077 0 1\n/dev/vda3 none swap sw 0 0\n';
  const others =
    '# a table\nnas:/srv /srv nfs ro 0 0\nUUID=7 /data ext4 defaults 0 2\ntmpfs /tmp tmpfs size=1g 0 0\n';
  assert.equal(await sealed([file('etc/fstab', own + others)], signal), [['etc/fstab', others]]);
});

test('a folder of drop-ins that is there keeps its mode, and sealing twice is sealing once', async ({
  signal,
}) => {
  const own = folder('etc/systemd/system/ssh.service.d', { mode: 0o750, gid: 9 });
  const once = sealTree(sourceOf([...SSHD, own]), NOT_IN_BASE);
  const first = await scanTree(once, signal);
  const drop = first.manifest.find(({ path }) => path === own.path);
  assert.equal([drop?.mode, drop?.gid], [0o750, 9]);
  assert.is((await scanTree(sealTree(once, NOT_IN_BASE), signal)).digest, first.digest);
});

test('a tree without sshd, or without systemd, gets no drop-in', async ({ signal }) => {
  for (const members of SSHD.map((member) => [member])) assert.is((await sealed(members, signal)).length, 1);
});

test('a file that stays keeps its content when what it is linked to goes', async ({ signal }) => {
  const members = [
    folder('root'),
    file('root/.cache/uv/lib', 'library', { mode: 0o755, uid: 7 }),
    hardlink('tmp/lib', 'root/.cache/uv/lib'),
    file('tmp/other', 'other'),
    hardlink('usr/lib/one', 'root/.cache/uv/lib'),
    hardlink('usr/lib/three', 'tmp/other'),
    hardlink('usr/lib/two', 'root/.cache/uv/lib'),
  ];
  const source = sourceOf(members);
  const { manifest } = await scanTree(sealTree(source, NOT_IN_BASE), signal);
  const expected = [
    folder('root'),
    file('usr/lib/one', 'library', { mode: 0o755, uid: 7 }),
    file('usr/lib/three', 'other'),
    file('usr/lib/two', 'library', { mode: 0o755, uid: 7 }),
  ];
  assert.equal(manifest, (await scanTree(sourceOf(expected), signal)).manifest);
  assert.is(source.reads, 2);
});

test('a log that is linked to a file that stays is emptied alone, and the other way round', async ({
  signal,
}) => {
  const members = [
    file('srv/kept', 'content'),
    hardlink('var/log/a', 'srv/kept'),
    file('var/log/b', 'content'),
    hardlink('var/www/kept', 'var/log/b'),
  ];
  assert.equal(await sealed(members, signal), [
    ['srv/kept', 'content'],
    ['var/log/a', ''],
    ['var/log/b', ''],
    ['var/www/kept', 'content'],
  ]);
});

test('links between files that stay pass as they are, in one reading', async ({ signal }) => {
  const source = sourceOf([file('usr/a', 'x'), hardlink('usr/b', 'usr/a')]);
  const { bytes } = await scanTree(sealTree(source, NOT_IN_BASE), signal);
  assert.equal([bytes, source.reads], [1, 1]);
});

test.run();
