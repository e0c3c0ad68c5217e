import { appendFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { assertUnalteredDisk } from '../../../../src/app/launch/assert-unaltered-disk.ts';
import { type DiskImageForm, type ImageRecord, RECORD_KIND } from '../../../../src/catalogue/record.ts';
import type { FaultCode } from '../../../../src/core/fault.ts';
import { rejects } from '../../../support/rejects.ts';
import { suite } from '../../../support/suite.ts';
import { sampleDraft, temporaryHome } from '../../catalogue/sample-record.ts';
import { sampleDisk } from './launch-world.ts';

const test = suite('a disk is the one of its record');

function recordOf(disk: DiskImageForm): ImageRecord {
  return { kind: RECORD_KIND, name: 'web@7', version: 7, ...sampleDraft(), forms: [disk] };
}

test('it is found below $KILN_HOME, with its kernel and initrd', async ({ signal }) => {
  await using home = await temporaryHome();
  const disk = await sampleDisk(home.path, 'web@7');
  assert.equal(await assertUnalteredDisk(recordOf(disk), home.path, signal), {
    file: join(home.path, disk.file),
    format: 'qcow2',
    digest: disk.digest,
    kernel: {
      file: join(home.path, disk.boot.kernel.file),
      initrd: join(home.path, disk.boot.initrd.file),
      options: disk.boot.options,
    },
  });
});

/** What somebody does to the files, what it is called, and what is told under it. */
const BAD: readonly [
  string,
  (home: string, disk: DiskImageForm) => Promise<unknown>,
  FaultCode,
  RegExp,
  RegExp,
][] = [
  [
    'it is gone',
    (home, { file }) => rm(join(home, file)),
    'FORM_MISSING',
    /^web@7 has a record, but its disk is not there$/,
    /disk\.qcow2$/,
  ],
  [
    'its initrd is gone',
    (home, { boot }) => rm(join(home, boot.initrd.file)),
    'FORM_MISSING',
    /^web@7 has a record, but its initrd is not there$/,
    /disk\.initrd$/,
  ],
  [
    'a folder is in its place',
    async (home, { file }) => {
      await rm(join(home, file));
      await mkdir(join(home, file));
    },
    'FORM_MISSING',
    /its disk is not there$/,
    /disk\.qcow2$/,
  ],
  [
    'its folder is a file',
    async (home, { file }) => {
      await rm(join(home, file, '..'), { recursive: true });
      await writeFile(join(home, file, '..'), '');
    },
    'FORM_MISSING',
    /its disk is not there$/,
    /images/,
  ],
  [
    'it was cut or grew',
    (home, { file }) => appendFile(join(home, file), '!'),
    'IMAGE_ALTERED',
    /^the disk of web@7 is not the one of its record$/,
    /has \d+ bytes\nthe record says \d+$/,
  ],
  [
    'one byte of it was changed',
    async (home, { file }) => {
      const bytes = await readFile(join(home, file));
      bytes[0] = (bytes[0] ?? 0) ^ 1;
      await writeFile(join(home, file), bytes);
    },
    'IMAGE_ALTERED',
    /^the disk of web@7/,
    /is sha256:[0-9a-f]{64}\nthe record says sha256:/,
  ],
  [
    'its kernel is another',
    (home, { boot }) => writeFile(join(home, boot.kernel.file), 'a kernel with a door in it'),
    'IMAGE_ALTERED',
    /^the kernel of web@7/,
    /disk\.kernel is sha256:/,
  ],
  [
    'its initrd is another',
    (home, { boot }) => writeFile(join(home, boot.initrd.file), 'an initrd with a door in it'),
    'IMAGE_ALTERED',
    /^the initrd of web@7/,
    /disk\.initrd is sha256:/,
  ],
];

for (const [name, harm, code, message, details] of BAD)
  test(`it is refused when ${name}`, async ({ signal }) => {
    await using home = await temporaryHome();
    const disk = await sampleDisk(home.path, 'web@7');
    await harm(home.path, disk);
    const fault = await rejects(assertUnalteredDisk(recordOf(disk), home.path, signal), { code });
    assert.match(fault.message, message);
    assert.match(fault.details.join('\n'), details);
    assert.match(fault.hint ?? '', '`bake image web`');
    assert.is(fault.exitCode, 1);
  });

test('an image that was never made as a disk is refused with the command that makes it', async ({
  signal,
}) => {
  await using home = await temporaryHome();
  const record = { ...recordOf(await sampleDisk(home.path, 'web@7')), forms: [] };
  const fault = await rejects(assertUnalteredDisk(record, home.path, signal), { code: 'FORM_MISSING' });
  assert.match(fault.hint ?? '', /`bake image web --forms disk`/);
});

test('an abort in the middle of reading is an abort', async () => {
  await using home = await temporaryHome();
  const disk = await sampleDisk(home.path, 'web@7');
  const reason = new Error('enough');
  const aborted = AbortSignal.abort(reason);
  const error = await assertUnalteredDisk(recordOf(disk), home.path, aborted).catch((thrown) => thrown);
  assert.is(error, reason);
});

test.run();
