import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import * as assert from 'uvu/assert';
import { openFileCatalogue } from '../../src/catalogue/file-store.ts';
import { digestOfFile } from '../../src/core/file-digest.ts';
import { Scope } from '../../src/core/scope.ts';
import { readTar } from '../../src/core/tar/reader.ts';
import { sleep } from '../../src/core/wait.ts';
import { diskTree } from '../../src/disks/disk-tree.ts';
import { hostTool } from '../../src/disks/host-tool.ts';
import { scanTree } from '../../src/tree/capture.ts';
import { missing } from '../support/engines.ts';
import { smallDisk } from '../support/private-engine.ts';
import { suite } from '../support/suite.ts';
import { sampleDraft } from '../unit/catalogue/sample-record.ts';
import { runCli, startCli } from '../unit/cli/run-cli.ts';

const run = promisify(execFile);
const test = suite('export of a disk', { skip: await missing('qemu') });

/**
 * A catalogue with one image, whose disk is a small ext4 file system with as many random megabytes in it; all of it is
 * removed with the scope.
 */
async function exportable(scope: Scope, signal: AbortSignal, megabytes = 0) {
  const home = await mkdtemp(join(tmpdir(), 'kiln-test-'));
  scope.defer('folder', () => rm(home, { recursive: true, force: true }));
  const work = join(home, 'work');
  await Promise.all([work, join(home, 'out'), join(home, 'images')].map((folder) => mkdir(folder)));
  const [raw, disk] = [join(home, 'disk.raw'), join(home, 'images/web.qcow2')];
  const from = join(home, 'tree');
  await cp(join(import.meta.dirname, '../support'), from, { recursive: true });
  for (let part = 0; part < megabytes; part++)
    await writeFile(join(from, `random-${part}`), randomBytes(1_000_000));
  await hostTool('mke2fs', ['-q', '-t', 'ext4', '-d', from, raw, `${64 + 2 * megabytes}M`], { signal });
  await hostTool('qemu-img', ['convert', '-f', 'raw', '-O', 'qcow2', raw, disk], { signal });
  const tree = await scanTree(diskTree({ file: raw, format: 'raw' }, work), signal);
  const digest = await digestOfFile(disk, signal);
  const { size } = await stat(disk);
  const boot = { file: 'images/web.kernel', digest };
  const form = { kind: 'disk', digest, file: 'images/web.qcow2', size } as const;
  const draft = { ...sampleDraft(), digest: tree.digest, bytes: tree.bytes };
  await openFileCatalogue(home).publish(draft, async () => [
    { ...form, boot: { kernel: boot, initrd: boot, options: '' } },
  ]);
  const env = { KILN_HOME: home, DOCKER_HOST: 'unix:///nonexistent' };
  const argv = (format: string, name: string, ...more: string[]) => [
    ...['export', 'web', '--format', format, '-o', join(home, 'out', name), ...more],
  ];
  return {
    home,
    raw,
    disk,
    tree,
    out: (name: string) => join(home, 'out', name),
    export: (...given: Parameters<typeof argv>) => runCli('src/cli/bake.ts', argv(...given), env),
    start: (...given: Parameters<typeof argv>) => startCli('src/cli/bake.ts', argv(...given), env),
    /** To stdout, by a pipe, as a person would. */
    async pipe(format: string) {
      await using running = startCli(
        'src/cli/bake.ts',
        ['export', 'web', '--format', format, '-o', '-'],
        env,
      );
      // what is read as text is no archive any more
      running.child.stdout.removeAllListeners('data').setEncoding('latin1');
      const hash = createHash('sha256');
      running.child.stdout.on('data', (text: string) => hash.update(Buffer.from(text, 'latin1')));
      const { stderr } = await running.result();
      return { stderr, sha256: hash.digest('hex') };
    },
    async left() {
      return [...(await readdir(join(home, 'out'))), ...(await readdir(work))];
    },
  };
}

test('a disk in any format is the disk, and what is printed is what sha256sum checks', async ({ signal }) => {
  await using scope = new Scope();
  const image = await exportable(scope, signal);
  const kinds = [
    ['qcow2', 'qcow2'],
    ['qcow2', 'qcow2', '--compress', 'zstd'],
    ['raw', 'raw'],
    ['vmdk', 'vmdk'],
    ['vhdx', 'vhdx'],
  ] as const;
  for (const [index, [format, known, ...more]] of kinds.entries()) {
    const out = image.out(`${index}`);
    const { code, stdout, stderr } = await image.export(format, `${index}`, ...more);
    // How far it has come is told only where it takes long.
    const rest = stderr.split('\n').filter((line) => !/\d %$/.test(line.trim()));
    assert.equal([code, rest.join('')], [0, ''], format);
    await run('sh', ['-c', 'printf "%s" "$1" | sha256sum --strict --check', 'sh', stdout]);
    await hostTool('qemu-img', ['compare', '-f', 'raw', '-F', known, image.raw, out], { signal });
  }
  const [same, compressed] = await Promise.all([0, 1].map((one) => stat(image.out(`${one}`))));
  assert.is(await digestOfFile(image.out('0'), signal), await digestOfFile(image.disk, signal));
  assert.ok((compressed?.size ?? 0) < (same?.size ?? 0), 'it is compressed');
  assert.ok((await stat(image.out('2'))).blocks * 512 < 32 * 1024 ** 2, 'holes stay holes');
});

test('the tar of a disk has its tree, and takes no engine', async ({ signal }) => {
  await using scope = new Scope();
  const image = await exportable(scope, signal);
  const first = await image.export('tar', 'web.tar', '--json');
  assert.is(first.code, 0);
  const archive = image.out('web.tar');
  const read = await scanTree({ read: () => readTar(createReadStream(archive)) }, signal);
  assert.is(read.digest, image.tree.digest);
  const again = await image.export('tar', 'again.tar', '--json');
  assert.is(JSON.parse(again.stdout).sha256, JSON.parse(first.stdout).sha256);
  const piped = await image.pipe('tar');
  assert.is(piped.sha256, JSON.parse(first.stdout).sha256);
  assert.is(piped.stderr.split('\n').at(-2), `${piped.sha256}  -`);
  assert.equal(await image.left(), ['again.tar', 'web.tar']);
});

test('a disk that somebody wrote to is not exported in any format', async ({ signal }) => {
  await using scope = new Scope();
  const image = await exportable(scope, signal);
  await hostTool('qemu-io', ['-c', 'write -P 7 4096 512', image.disk], { signal });
  for (const format of ['qcow2', 'raw', 'tar']) {
    const { code, stdout, stderr } = await image.export(format, format);
    assert.equal([code, stdout], [1, ''], format);
    assert.match(stderr, /the disk of web@1 is not the one of its record/);
  }
  assert.equal(await image.left(), []);
});

test('Ctrl-C in the middle of a conversion leaves nothing', async ({ signal }) => {
  await using scope = new Scope();
  const image = await exportable(scope, signal, 200);
  await using running = image.start('qcow2', 'web.qcow2', '--compress', 'zlib');
  while ((await sizeOf(image.out(''), '.part')) < 1_000_000) await sleep(20, signal);
  running.child.kill('SIGINT');
  const { code, stdout, stderr } = await running.result();
  assert.equal([code, stdout], [130, '']);
  assert.match(stderr, 'interrupted by SIGINT');
  assert.equal(await image.left(), []);
});

test('how far it has come is told on stderr, as it is asked for', async ({ signal }) => {
  await using scope = new Scope();
  const image = await exportable(scope, signal, 60);
  const more = ['--compress', 'zlib', '--progress', 'json', '--json'];
  const { code, stdout, stderr } = await image.export('qcow2', 'web.qcow2', ...more);
  assert.is(code, 0);
  const { image: name, file, sha256 } = JSON.parse(stdout);
  assert.equal([name, file, sha256.length], ['web@1', image.out('web.qcow2'), 64]);
  const told = stderr
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.ok(told.every(({ type }) => type === 'progress'));
  const converting = told.filter(({ what }) => what === 'web@1: converting its disk to qcow2');
  assert.ok(converting.length > 0 && converting.every(({ percent }) => percent > 0 && percent <= 100));
});

test(
  'a full disk, where it is written to or where it is read, is told, and nothing is left on it',
  async ({ signal }) => {
    await using scope = new Scope();
    const image = await exportable(scope, signal, 10);
    for (const [full, formats] of [
      ['out', ['qcow2', 'raw', 'tar']],
      ['work', ['tar']],
    ] as const) {
      await using _disk = await smallDisk(join(image.home, full), 4 * 1024 ** 2);
      for (const format of formats) {
        const { code, stdout, stderr } = await image.export(format, 'web');
        assert.equal([code, stdout], [3, ''], format);
        assert.match(stderr, /no space is left to (write|read) /, format);
        assert.match(stderr, full === 'out' ? '' : '$KILN_HOME');
        assert.equal(await image.left(), []);
      }
    }
  },
  { skip: process.getuid?.() === 0 ? false : 'only root can mount a small disk' },
);

test.run();

/** Bytes of the file in a folder whose name ends so; 0 when there is none. */
async function sizeOf(folder: string, end: string): Promise<number> {
  const name = (await readdir(folder)).find((one) => one.endsWith(end));
  if (name === undefined) return 0;
  return await stat(join(folder, name)).then(
    ({ size }) => size,
    () => 0,
  );
}
