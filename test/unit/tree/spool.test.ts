import { execFileSync } from 'node:child_process';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { Spool } from '../../../src/tree/spool.ts';
import { rejects } from '../../support/rejects.ts';
import { suite } from '../../support/suite.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { newSpool } from './new-spool.ts';

const test = suite('spool');

test('every body comes back as it was, whatever the pieces it came in', async () => {
  const body = fc.array(fc.integer({ min: 0, max: 200_000 }), { maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(fc.array(body, { minLength: 1, maxLength: 6 }), async (bodies) => {
      await using spool = await newSpool();
      const kept: { extent: { offset: number; size: number }; bytes: Buffer }[] = [];
      for (const [index, sizes] of bodies.entries()) {
        const offset = spool.end;
        const pieces = sizes.map((size, piece) => Buffer.alloc(size, `${index}.${piece}/`));
        for (const piece of pieces) await spool.append(piece);
        const bytes = Buffer.concat(pieces);
        kept.push({ extent: { offset, size: bytes.length }, bytes });
      }
      for (const { extent, bytes } of kept.reverse())
        assert.ok((await buffer(spool.read(extent))).equals(bytes));
    }),
    { numRuns: 30 },
  );
});

test('a spool can be read between two bodies', async () => {
  await using spool = await newSpool();
  await spool.append(Buffer.from('one'));
  assert.is((await buffer(spool.read({ offset: 0, size: 3 }))).toString(), 'one');
  await spool.append(Buffer.from('two'));
  assert.is((await buffer(spool.read({ offset: 2, size: 4 }))).toString(), 'etwo');
});

test('two may read at once what is not yet in the file', async () => {
  const extent = { offset: 0, size: 3 };
  // Many, as each is a race.
  for (let round = 0; round < 300; round++) {
    await using spool = await newSpool();
    await spool.append(Buffer.from('one'));
    const read = await Promise.all([buffer(spool.read(extent)), buffer(spool.read(extent))]);
    assert.equal(read.map(String), ['one', 'one']);
  }
});

test('reading beyond its end is an error, and no empty content', async () => {
  await using spool = await newSpool();
  await spool.append(Buffer.from('one'));
  await rejects<Error>(buffer(spool.read({ offset: 0, size: 4 })), /cut short at 3/);
});

test('its file has no name from the beginning, and is closed at the end', async () => {
  await using folder = await temporaryFolder();
  const spool = await Spool.create(join(folder.path, 'work', 'tree'));
  assert.equal(await readdir(join(folder.path, 'work')), []);
  await spool[Symbol.asyncDispose]();
  await rejects<Error>(buffer(spool.read({ offset: 0, size: 1 })), /closed|EBADF/);
});

test('two spools of one name at once are an error', async () => {
  await using folder = await temporaryFolder();
  await mkdir(join(folder.path, 'tree'));
  await rejects<NodeJS.ErrnoException>(Spool.create(join(folder.path, 'tree')), /EEXIST/);
});

test(
  'a full disk is a DISK_FULL that says that nothing was published',
  async () => {
    await using disk = await tinyDisk();
    await using spool = await Spool.create(join(disk.path, 'tree'));
    const fill = async () => {
      for (let piece = 0; piece < 40; piece++) await spool.append(Buffer.alloc(100_000, 'x'));
    };
    const fault = await rejects(fill, { code: 'DISK_FULL' });
    assert.is(fault.exitCode, 3);
    assert.match(fault.hint ?? '', 'nothing was published');
  },
  { skip: await whyNoMount() },
);

test.run();

/** A file system of 1 MB in memory. */
async function tinyDisk() {
  const folder = await temporaryFolder();
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder.path]);
  return {
    path: folder.path,
    async [Symbol.asyncDispose]() {
      // Lazily, as the spool is disposed of after it is thrown from.
      execFileSync('umount', ['-l', folder.path]);
      await folder[Symbol.asyncDispose]();
    },
  };
}

async function whyNoMount(): Promise<string | false> {
  const [, capabilities = '0'] = /^CapEff:\s*(\w+)$/m.exec(await readFile('/proc/self/status', 'utf8')) ?? [];
  const CAP_SYS_ADMIN = 1n << 21n;
  return (BigInt(`0x${capabilities}`) & CAP_SYS_ADMIN) === 0n && 'mounting a small disk needs CAP_SYS_ADMIN';
}
