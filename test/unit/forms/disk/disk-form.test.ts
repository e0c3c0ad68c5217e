import { execFileSync } from 'node:child_process';
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import * as assert from 'uvu/assert';
import { memoryHome } from '../../../../src/core/memory-work.ts';
import { Scope } from '../../../../src/core/scope.ts';
import type { TarInput } from '../../../../src/core/tar/member.ts';
import { convertDisk } from '../../../../src/disks/convert-disk.ts';
import { hostEnvironment, hostTool } from '../../../../src/disks/host-tool.ts';
import { readPartitions } from '../../../../src/disks/partitions.ts';
import { bootDiskOf } from '../../../../src/forms/disk/boot-disk.ts';
import { type DiskForm, diskForm } from '../../../../src/forms/disk/disk-form.ts';
import { scanTree, type Tree } from '../../../../src/tree/capture.ts';
import { rejects } from '../../../support/rejects.ts';
import { suite } from '../../../support/suite.ts';
import { temporaryFolder } from '../../temporary-folder.ts';
import { file, folder } from '../../tree/sample-tree.ts';
import { bootable, everyKind, MIB, SPEC, wholeTree } from './sample-disk.ts';

const test = suite('disk form', { deadline: 60_000 });
const isRoot = process.getuid?.() === 0;

/** A form in a folder of its own, with a scope that is closed at the end. */
async function world(): Promise<
  { home: string; work: string; form: DiskForm; scope: Scope } & AsyncDisposable
> {
  const files = await temporaryFolder();
  const scope = new Scope();
  const [home, work] = [join(files.path, 'home'), join(files.path, 'wo"r k')];
  return {
    home,
    work,
    scope,
    form: diskForm({ home, work }),
    async [Symbol.asyncDispose]() {
      await scope.close();
      await files[Symbol.asyncDispose]();
    },
  };
}

async function filesIn(folder: string): Promise<string[]> {
  return (await readdir(folder, { recursive: true }).catch(() => [])).sort();
}

test('a tree with every kind of entry comes back with its own digest', async ({ signal }) => {
  await using at = await world();
  await using tree = await wholeTree(everyKind(), at.work, signal);
  const { ref } = await at.form.master(tree, SPEC, at.scope, signal);
  const back = await scanTree(await at.form.readTree(ref, at.scope, signal), signal);
  assert.equal(back.manifest, await tree.manifest());
  assert.is(back.digest, tree.digest);
});

test('what a person is told to run removes what is left, and nothing else, however the folder is called', async ({
  signal,
}) => {
  await using at = await world();
  await using tree = await wholeTree(bootable(), at.work, signal);
  const beside = at.work.slice(0, at.work.indexOf(' '));
  await writeFile(beside, 'somebody’s');
  const mastered = await at.form.master(tree, SPEC, at.scope, signal);
  const [left] = at.scope.pending();
  assert.match(left?.remedy ?? '', /^rm -rf /);
  execFileSync('sh', ['-c', left?.remedy ?? '']);
  await rejects(stat(mastered.ref.file), /ENOENT/);
  assert.is(await readFile(beside, 'utf8'), 'somebody’s');
});

test('what is in lost+found comes back, and an empty one is no part of a tree', async ({ signal }) => {
  await using at = await world();
  const lost = [folder('lost+found'), file('lost+found/#1', 'found')];
  await using plain = await wholeTree(bootable(), at.work, signal);
  await using full = await wholeTree([...bootable(), ...lost], at.work, signal);
  await using empty = await wholeTree([...bootable(), folder('lost+found')], at.work, signal);
  assert.is(empty.digest, plain.digest);
  assert.is.not(full.digest, plain.digest);
  for (const tree of [full, empty]) {
    const { ref } = await at.form.master(tree, SPEC, at.scope, signal);
    const back = await scanTree(await at.form.readTree(ref, at.scope, signal), signal);
    assert.is(back.digest, tree.digest);
  }
});

test('the disk has a table, a loader with its entry, and a file system that fsck finds nothing in', async ({
  signal,
}) => {
  await using at = await world();
  await using tree = await wholeTree(everyKind(), at.work, signal);
  const { ref } = await at.form.master(tree, { ...SPEC, options: 'quiet root=x' }, at.scope, signal);
  const raw = join(at.home, 'disk.raw');
  await hostTool('mkdir', ['-p', at.home], { signal });
  await convertDisk({ from: { file: ref.file, format: 'qcow2' }, to: { file: raw, format: 'raw' }, signal });
  const [efi, root] = await readPartitions(raw, signal);
  assert.equal([efi?.name, efi?.type], ['efi', 'C12A7328-F81F-11D2-BA4B-00A0C93EC93B']);
  assert.equal([root?.name, root?.type], ['root', '4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709']);
  const run = (program: string, ...argv: string[]) =>
    execFileSync(program, argv, { env: hostEnvironment(), stdio: ['ignore', 'pipe', 'ignore'] }).toString();
  run('sfdisk', '--verify', raw);
  const content = (path: string) => run('mtype', '-i', `${raw}@@${efi?.offset}`, `::${path}`);
  assert.match(
    content('loader/entries/kiln.conf'),
    /^linux \/kiln\/vmlinuz\ninitrd .*\noptions quiet root=x$/m,
  );
  assert.is(content('kiln/vmlinuz'), 'K'.repeat(200_000));
  assert.match(content('EFI/BOOT/BOOTX64.EFI'), /^program .*systemd-bootx64\.efi$/);
  await hostTool('e2fsck', ['-f', '-n', `${raw}?offset=${root?.offset}`], { signal });
  await hostTool('fsck.vfat', ['-n', raw], { signal, accept: [0, 1] });
  const debugfs = (command: string) => run('debugfs', '-R', command, `${raw}?offset=${root?.offset}`);
  assert.match(debugfs('cat /etc/hosts'), /^127\.0\.0\.1 localhost$/m);
  assert.match(debugfs('stat /etc/resolv.conf'), /stub-resolv\.conf"/);
  assert.match(debugfs('stat /var/old'), /atime: 0x00000005:00000000 /);
  assert.match(debugfs('stat /var/large'), /ctime: 0x6553f100:00000000 /);
});

test('the same tree and settings give the same bytes, whoever makes them, wherever and whenever', async ({
  signal,
}) => {
  await using at = await world();
  await using tree = await wholeTree(everyKind(), at.work, signal);
  const first = await at.form.master(tree, SPEC, at.scope, signal);
  const script = join(import.meta.dirname, 'master-sample.ts');
  const inMemory = await mkdtemp('/dev/shm/kiln-test-');
  try {
    await chmod(inMemory, 0o777);
    const node = [process.execPath, '--import', 'tsx', script, inMemory];
    const nobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', '--', ...node];
    const [program = '', ...argv] = isRoot ? nobody : node;
    const digest = execFileSync(program, argv, {
      env: { ...process.env, TZ: 'Asia/Tokyo', TMPDIR: inMemory, HOME: inMemory },
    });
    assert.is(digest.toString().trim(), first.ref.digest);
  } finally {
    await rm(inMemory, { recursive: true });
    if (isRoot) await rm('/dev/shm/kiln-65534', { recursive: true, force: true });
  }
});

test('another tree, size or compression gives another disk; compressed ones come back too', async ({
  signal,
}) => {
  await using at = await world();
  await using tree = await wholeTree(bootable(), at.work, signal);
  await using other = await wholeTree([...bootable(), file('more')], at.work, signal);
  const digests = new Set<string>();
  for (const [which, spec] of [
    [tree, SPEC],
    [other, SPEC],
    [tree, { ...SPEC, size: 200 * MIB }],
    [tree, { ...SPEC, compression: 'zstd' }],
    [tree, { ...SPEC, compression: 'zlib' }],
  ] as const) {
    const { ref } = await at.form.master(which, spec, at.scope, signal);
    digests.add(ref.digest);
    if (spec.compression === 'none') continue;
    const back = await scanTree(await at.form.readTree(ref, at.scope, signal), signal);
    assert.is(back.digest, which.digest);
  }
  assert.is(digests.size, 5);
});

test('nothing is seen before it is published, and all of it afterwards', async ({ signal }) => {
  await using at = await world();
  await using tree = await wholeTree(bootable(), at.work, signal);
  const mastered = await at.form.master(tree, SPEC, at.scope, signal);
  assert.equal(await filesIn(at.home), []);
  assert.is((await readFile(mastered.boot.file, 'utf8')).length, 200_000);
  const published = await mastered.publish('web', 7);
  mastered.keep();
  await at.scope.close();
  const name = `${mastered.ref.digest.slice(7, 19)}.qcow2`;
  const hex = tree.digest.slice(7);
  assert.equal(await filesIn(at.home), [
    'images',
    `images/${hex}`,
    ...['', '.initrd', '.kernel'].map((part) => `images/${hex}/${name}${part}`),
  ]);
  assert.equal(await filesIn(at.work), []);
  assert.is(published.digest, mastered.ref.digest);
  assert.is(published.size, (await stat(join(at.home, published.file))).size);
  const boot = bootDiskOf(published, at.home);
  assert.is(boot.file, join(at.home, 'images', hex, name));
  assert.is(await readFile(boot.kernel.file, 'utf8'), 'K'.repeat(200_000));
  assert.is(await readFile(boot.kernel.initrd, 'utf8'), 'I'.repeat(300_000));
  const sum = execFileSync('sha256sum', [boot.file, boot.kernel.initrd]).toString().split('\n');
  assert.ok(sum[0]?.startsWith(published.digest.slice(7)));
  assert.ok(sum[1]?.startsWith(published.boot.initrd.digest.slice(7)));
});

test('what was published and not kept goes with its scope', async ({ signal }) => {
  await using at = await world();
  await using tree = await wholeTree(bootable(), at.work, signal);
  const mastered = await at.form.master(tree, SPEC, at.scope, signal);
  await mastered.publish('web', 1);
  assert.equal(
    (await at.scope.close()).map(({ state }) => state),
    ['removed'],
  );
  assert.equal(await filesIn(at.home), ['images']);
});

test('a disk that two images share is not written twice, and stays when either is given up', async ({
  signal,
}) => {
  await using at = await world();
  await using tree = await wholeTree(bootable(), at.work, signal);
  await using early = new Scope();
  await using late = new Scope();
  const one = await at.form.master(tree, SPEC, early, signal);
  const two = await at.form.master(tree, SPEC, late, signal);
  const { file: name } = await one.publish('web', 1);
  const { ino } = await stat(join(at.home, name));
  await two.publish('app', 1);
  two.keep();
  await early.close();
  assert.is((await stat(join(at.home, name))).ino, ino);

  const three = await at.form.master(tree, SPEC, at.scope, signal);
  await three.publish('web', 2);
  await at.scope.close();
  assert.is((await stat(join(at.home, name))).ino, ino);
});

test('one that is there but was altered is put right', async ({ signal }) => {
  await using at = await world();
  await using tree = await wholeTree(bootable(), at.work, signal);
  const one = await at.form.master(tree, SPEC, at.scope, signal);
  const { file: name } = await one.publish('web', 1);
  one.keep();
  const to = join(at.home, name);
  await chmod(to, 0o644);
  await writeFile(to, 'altered');
  const two = await at.form.master(tree, SPEC, at.scope, signal);
  const { size } = await two.publish('web', 2);
  two.keep();
  assert.is((await stat(to)).size, size);
});

test('without systemd-boot of its own the host’s is taken, and said', async ({ signal }) => {
  await using at = await world();
  const members = bootable().filter(({ path }) => !path.endsWith('.efi'));
  await using tree = await wholeTree(members, at.work, signal);
  const notes: string[] = [];
  await at.form.master(tree, { ...SPEC, note: (message) => notes.push(message) }, at.scope, signal);
  assert.match(notes.join(), /no systemd-boot/);
});

test('an abort in the middle leaves nothing, on disk or in memory', async ({ signal }) => {
  await using at = await world();
  await using tree = await wholeTree(everyKind(), at.work, signal);
  for (const ms of [5, 60, 120, 180]) {
    const abort = new AbortController();
    await using scope = new Scope();
    const timer = setTimeout(() => abort.abort(new Error('enough')), ms);
    await at.form
      .master(tree, SPEC, scope, abort.signal)
      .catch((error: Error) => assert.is(error.message, 'enough'));
    clearTimeout(timer);
    await scope.close();
    assert.equal(await filesIn(at.work), [], `after ${ms} ms`);
    const staged = (await filesIn(memoryHome())).filter((path) => path.includes(`${process.pid}.`));
    assert.ok(staged.length <= 1, `after ${ms} ms: ${staged}`);
  }
});

test(
  'a full host is a DISK_FULL, at whichever step, and leaves nothing',
  async ({ signal }) => {
    await using folder = await temporaryFolder();
    const body = Readable.from([Buffer.alloc(8 * MIB, 7)]);
    const members: TarInput[] = [...bootable(), { ...file('large'), size: 8 * MIB, body }];
    await using tree = await wholeTree(members, folder.path, signal);
    for (const size of ['4m', '10m', '18m']) {
      await using mount = await smallFolder(size);
      await using scope = new Scope();
      const form = diskForm({ home: mount.path, work: mount.path });
      await rejects(form.master(tree, SPEC, scope, signal), { code: 'DISK_FULL' });
      await scope.close();
      assert.equal(await filesIn(mount.path), [], size);
    }
  },
  { skip: !isRoot && 'mounting a small file system needs root' },
);

async function smallFolder(size: string): Promise<{ readonly path: string } & AsyncDisposable> {
  const folder = await temporaryFolder();
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder.path]);
  return {
    path: folder.path,
    async [Symbol.asyncDispose]() {
      execFileSync('umount', [folder.path]);
      await folder[Symbol.asyncDispose]();
    },
  };
}

test('a tree that is not whole is a bug', async ({ signal }) => {
  await using at = await world();
  await using tree = await wholeTree(bootable(), at.work, signal);
  const { whole: _whole, ...less } = tree;
  await rejects(at.form.master(less as Tree, SPEC, at.scope, signal), /whole tree/);
});

test.run();
