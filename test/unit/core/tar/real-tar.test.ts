import { execFile } from 'node:child_process';
import {
  lchown,
  link,
  lutimes,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import * as assert from 'uvu/assert';
import type { TarInput } from '../../../../src/core/tar/member.ts';
import { suite } from '../../../support/suite.ts';
import { archive, fileHeader, readAll } from './bytes.ts';

const test = suite('tar as the real tar has it');
const run = promisify(execFile);
const notRoot = process.getuid?.() !== 0 && 'making devices and foreign owners needs root';
const NAME_150 = 'n'.repeat(150);
const LONG = `${'d'.repeat(120)}/${'e'.repeat(120)}/${'f'.repeat(120)}`;

async function temporaryFolder() {
  const path = await mkdtemp(join(tmpdir(), 'kiln-tar-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

async function packed(folder: string, format: string, names: readonly string[] = ['.']): Promise<Buffer> {
  const argv = [`--format=${format}`, '--numeric-owner', '-C', folder, '-cf', '-', ...names];
  const { stdout } = await run('tar', argv, { encoding: 'buffer', maxBuffer: 1e8 });
  return stdout;
}

for (const format of ['gnu', 'pax', 'ustar', 'v7']) {
  test(`files, folders and links of the format ${format} are read as they are on disk`, async () => {
    await using folder = await temporaryFolder();
    const at = (name: string) => join(folder.path, name);
    await mkdir(at('empty'), { mode: 0o750 });
    await writeFile(at('hello'), 'hello\n', { mode: 0o640 });
    await writeFile(at('nothing'), '', { mode: 0o600 });
    await link(at('hello'), at('zlink'));
    await symlink('../somewhere/else', at('symbolic'));
    await lutimes(at('hello'), 1_600_000_000, 1_600_000_000);
    const names = ['empty', 'hello', 'nothing', 'symbolic', 'zlink'];
    const members = new Map(
      (await readAll(await packed(folder.path, format, names))).map((one) => [one.path, one]),
    );
    assert.equal([...members.keys()], names);
    assert.is(members.get('empty')?.type, 'directory');
    assert.is(members.get('empty')?.mode, 0o750);
    assert.is(members.get('hello')?.content.toString(), 'hello\n');
    assert.is(members.get('hello')?.mode, 0o640);
    assert.is(members.get('hello')?.mtime, 1_600_000_000);
    assert.is(members.get('nothing')?.size, 0);
    assert.is(members.get('symbolic')?.target, '../somewhere/else');
    assert.is(members.get('zlink')?.type, 'hardlink');
    assert.is(members.get('zlink')?.target, 'hello');
  });
}

for (const format of ['gnu', 'pax']) {
  test(`names and link targets beyond 100 and 255 bytes are read from the format ${format}`, async () => {
    await using folder = await temporaryFolder();
    await mkdir(join(folder.path, LONG), { recursive: true });
    await writeFile(join(folder.path, LONG, NAME_150), 'deep');
    await symlink(`/${LONG}`, join(folder.path, NAME_150));
    const members = await readAll(await packed(folder.path, format));
    const paths = members.map(({ path }) => path);
    assert.ok(paths.includes(`${LONG}/${NAME_150}`));
    assert.is(members.find(({ path }) => path === NAME_150)?.target, `/${LONG}`);
    assert.is(members.find(({ path }) => path.endsWith(`f/${NAME_150}`))?.content.toString(), 'deep');
  });

  test(`a name that is no UTF-8 keeps its very bytes through the format ${format}`, async () => {
    await using folder = await temporaryFolder();
    const name = Buffer.from([0x61, 0xff, 0xc3, 0xa9, 0x80]);
    await writeFile(Buffer.concat([Buffer.from(`${folder.path}/`), name]), 'x');
    const [, member] = await readAll(await packed(folder.path, format));
    assert.is(member?.path, 'a\udcffé\udc80');
    await using other = await temporaryFolder();
    await unpack(
      await archive([{ ...fileHeader(member?.path ?? '', 1), body: Buffer.from('x') }]),
      other.path,
    );
    assert.equal(await readdir(Buffer.from(other.path), { encoding: 'buffer' }), [name]);
  });
}

test('ustar names are put together from their prefix', async () => {
  await using folder = await temporaryFolder();
  const deep = join('p'.repeat(90), 'q'.repeat(90));
  await mkdir(join(folder.path, deep), { recursive: true });
  await writeFile(join(folder.path, deep, 'leaf'), 'x');
  const paths = (await readAll(await packed(folder.path, 'ustar'))).map(({ path }) => path);
  assert.ok(paths.includes(`${deep}/leaf`));
});

test(
  'devices, pipes and owners beyond octal are read as they are on disk',
  async () => {
    await using folder = await temporaryFolder();
    const at = (name: string) => join(folder.path, name);
    await run('mknod', [at('null'), 'c', '1', '3']);
    await run('mknod', [at('disk'), 'b', '259', '70000']);
    await run('mkfifo', [at('pipe')]);
    await writeFile(at('foreign'), '');
    await lchown(at('foreign'), 4_000_000_000, 3_000_000);
    const members = new Map((await readAll(await packed(folder.path, 'gnu'))).map((one) => [one.path, one]));
    assert.equal([members.get('null')?.type, members.get('null')?.device], ['character', [1, 3]]);
    assert.equal([members.get('disk')?.type, members.get('disk')?.device], ['block', [259, 70_000]]);
    assert.is(members.get('pipe')?.type, 'fifo');
    assert.equal([members.get('foreign')?.uid, members.get('foreign')?.gid], [4_000_000_000, 3_000_000]);
  },
  { skip: notRoot },
);

test(
  'what is written is unpacked by the real tar just as it was meant',
  async () => {
    await using folder = await temporaryFolder();
    const owner = { uid: 4_000_000_000, gid: 33, mtime: 1_500_000_000 };
    const base = { ...owner, size: 0 };
    const members: TarInput[] = [
      { path: '', type: 'directory', mode: 0o711, ...base },
      { path: 'dir', type: 'directory', mode: 0o1777, ...base },
      { path: `dir/${NAME_150}`, type: 'file', mode: 0o4755, ...owner, size: 3, body: Buffer.from('abc') },
      { path: 'hard', type: 'hardlink', mode: 0o4755, ...base, target: `dir/${NAME_150}` },
      { path: 'soft', type: 'symlink', mode: 0o777, ...base, target: `/${LONG}` },
      { path: 'tty', type: 'character', mode: 0o620, ...base, device: [5, 0] },
    ];
    await unpack(await archive(members), folder.path);
    const file = await stat(join(folder.path, 'hard'));
    assert.equal([file.mode & 0o7777, file.uid, file.gid, file.nlink], [0o4755, owner.uid, 33, 2]);
    assert.is(file.mtimeMs, 1_500_000_000_000);
    assert.is(await readFile(join(folder.path, 'dir', NAME_150), 'utf8'), 'abc');
    assert.is((await stat(folder.path)).mode & 0o7777, 0o711);
    assert.is((await stat(join(folder.path, 'dir'))).mode & 0o7777, 0o1777);
    assert.is(await readlink(join(folder.path, 'soft')), `/${LONG}`);
    assert.is((await stat(join(folder.path, 'tty'))).rdev, 0x500);
  },
  { skip: notRoot },
);

test.run();

async function unpack(bytes: Buffer, folder: string): Promise<void> {
  const running = run('tar', ['--numeric-owner', '-p', '-C', folder, '-xf', '-']);
  running.child.stdin?.end(bytes);
  await running;
}
