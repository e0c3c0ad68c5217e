import { execFileSync } from 'node:child_process';
import { open, readdir, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import * as assert from 'uvu/assert';
import { Scope } from '../../../src/core/scope.ts';
import { convertDisk } from '../../../src/disks/convert-disk.ts';
import { createOverlay } from '../../../src/disks/create-overlay.ts';
import { diskInfo } from '../../../src/disks/disk-info.ts';
import { diskTree } from '../../../src/disks/disk-tree.ts';
import { hostEnvironment, hostTool } from '../../../src/disks/host-tool.ts';
import { rejects } from '../../support/rejects.ts';
import { suite } from '../../support/suite.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { smallExt4 } from './small-disk.ts';

const test = suite('disk tree', { deadline: 30_000 });
const FILES = { 'etc/motd': 'hello\n', 'etc/empty': '', large: 'x'.repeat(300_000) };

async function contents(
  disk: { file: string; format: 'qcow2' | 'raw' },
  work: string,
  signal: AbortSignal,
): Promise<Record<string, string>> {
  const read: [string, string][] = [];
  for await (const member of diskTree(disk, work).read(signal))
    if (member.type === 'file') read.push([member.path, await text(member.body)]);
  return Object.fromEntries(read.sort());
}

function debugfs(file: string, commands: readonly string[]): string {
  const input = commands.map((line) => `${line}\n`).join('');
  const stdio = ['pipe', 'pipe', 'ignore'] as const;
  return execFileSync('debugfs', ['-w', '-f', '-', file], {
    env: hostEnvironment(),
    input,
    stdio: [...stdio],
  }).toString();
}

/** From an answer to `blocks PATH`, which follows the line with the command. */
function blockOf(answer: string): number {
  return Number.parseInt(answer.split('\n')[1] ?? '', 10);
}

async function leftIn(work: string): Promise<string[]> {
  return await readdir(work).catch(() => []);
}

test('a file system is read by its files, folders first, and nothing is left of the copy', async ({
  signal,
}) => {
  await using folder = await temporaryFolder();
  const file = await smallExt4(folder.path, FILES, signal);
  const work = join(folder.path, 'a?b "c"');
  const paths: string[] = [];
  for await (const { path, type } of diskTree({ file, format: 'raw' }, work).read(signal))
    paths.push(`${type} ${path}`);
  assert.equal(paths, ['directory etc', 'file large', 'file etc/empty', 'file etc/motd']);
  assert.equal(await contents({ file, format: 'raw' }, work, signal), FILES);
  assert.equal(await leftIn(work), []);
});

test('a member that is not read is passed over', async ({ signal }) => {
  await using folder = await temporaryFolder();
  const file = await smallExt4(folder.path, FILES, signal);
  for await (const member of diskTree({ file, format: 'raw' }, folder.path).read(signal))
    if (member.path === 'etc/motd') assert.is(await text(member.body), 'hello\n');
});

test('an overlay is read with what it lies over', async ({ signal }) => {
  await using folder = await temporaryFolder();
  const file = await smallExt4(folder.path, FILES, signal);
  const below = join(folder.path, 'below.qcow2');
  await convertDisk({
    from: { file, format: 'raw' },
    to: { file: below, format: 'qcow2' },
    compression: 'zstd',
    signal,
  });
  const overlay = join(folder.path, 'over.qcow2');
  await createOverlay(overlay, { file: below, format: 'qcow2' }, signal);
  const at = blockOf(debugfs(file, ['blocks /etc/motd'])) * 1024;
  await hostTool('qemu-io', ['-f', 'qcow2', '-c', `write -P 0x41 ${at} 512`, overlay], { signal });
  const changed = { ...FILES, 'etc/motd': 'AAAAAA' };
  assert.equal(await contents({ file: overlay, format: 'qcow2' }, folder.path, signal), changed);
  assert.equal(await contents({ file: below, format: 'qcow2' }, folder.path, signal), FILES);
  const info = await diskInfo(overlay, signal);
  assert.equal(info, { format: 'qcow2', virtualSize: 24 * 1024 * 1024, backing: below });
});

test('what is only in the journal is applied to the copy, never to the disk', async ({ signal }) => {
  await using folder = await temporaryFolder();
  const file = await smallExt4(folder.path, FILES, signal);
  const block = blockOf(debugfs(file, ['blocks /etc/motd']));
  const newer = join(folder.path, 'newer');
  await writeFile(newer, 'later\n'.padEnd(4096, '\0').slice(0, 1024));
  debugfs(file, ['journal_open', `journal_write -b ${block} ${newer}`, 'journal_close']);
  const disk = { file, format: 'raw' } as const;
  assert.is((await contents(disk, folder.path, signal))['etc/motd'], 'later\n');
  assert.is((await contents(disk, folder.path, signal))['etc/motd'], 'later\n');
});

test('a reading that is given up or aborted leaves nothing', async ({ signal }) => {
  await using folder = await temporaryFolder();
  const file = await smallExt4(folder.path, FILES, signal);
  const work = join(folder.path, 'work');
  await using scope = new Scope();
  for await (const _first of diskTree({ file, format: 'raw' }, work, scope).read(signal)) break;
  assert.equal([await leftIn(work), scope.pending()], [[], []]);
  const abort = new AbortController();
  const reading = (async () => {
    for await (const _one of diskTree({ file, format: 'raw' }, work, scope).read(abort.signal))
      abort.abort(new Error('enough'));
  })();
  await rejects(reading, /^enough$/);
  assert.equal([await leftIn(work), scope.pending()], [[], []]);
});

test('another file system is named, and so is a disk with none', async ({ signal }) => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'other.raw');
  await writeFile(file, '');
  await truncate(file, 40 * 1024 * 1024);
  const disk = { file, format: 'raw' } as const;
  const none = await rejects(contents(disk, folder.path, signal), { code: 'DISK_UNREADABLE' });
  assert.match(none.message, /other\.raw cannot be read: .*nothing known/);
  await hostTool('mkfs.vfat', ['-F', '32', file], { signal });
  assert.match(
    (await rejects(contents(disk, folder.path, signal), { code: 'DISK_UNREADABLE' })).message,
    /FAT/,
  );
});

test('a damaged qcow2 and a damaged file system are told from everything else', async ({ signal }) => {
  await using folder = await temporaryFolder();
  const file = await smallExt4(folder.path, FILES, signal);
  const qcow2 = join(folder.path, 'a.qcow2');
  await convertDisk({ from: { file, format: 'raw' }, to: { file: qcow2, format: 'qcow2' }, signal });
  await truncate(qcow2, 200_000);
  const damaged = { file: qcow2, format: 'qcow2' } as const;
  await rejects(contents(damaged, folder.path, signal), { code: 'DISK_UNREADABLE' });
  await writeFile(qcow2, 'this is no disk');
  await rejects(contents(damaged, folder.path, signal), { code: 'DISK_UNREADABLE' });

  const inode = await open(file, 'r+');
  const where = debugfs(file, ['imap <2>']);
  const [, block, offset] = /located at block (\d+), offset 0x([0-9a-f]+)/.exec(where) ?? [];
  await inode.write(
    Buffer.alloc(128, 0x77),
    0,
    128,
    Number(block) * 1024 + Number.parseInt(offset ?? '', 16),
  );
  await inode.close();
  const bad = await rejects(contents({ file, format: 'raw' }, folder.path, signal), {
    code: 'DISK_UNREADABLE',
  });
  assert.match(bad.message, /does not read as one/);
  assert.ok(bad.details.length > 0, 'what debugfs said is shown');
});

test.run();
