import * as assert from 'uvu/assert';
import { Scope } from '../../../../src/core/scope.ts';
import { findBootFiles } from '../../../../src/forms/disk/boot-files.ts';
import { diskForm } from '../../../../src/forms/disk/disk-form.ts';
import { layOut } from '../../../../src/forms/disk/disk-layout.ts';
import { writePartitionTable } from '../../../../src/forms/disk/partition-table.ts';
import { writeRootPartition } from '../../../../src/forms/disk/root-partition.ts';
import { stageTree } from '../../../../src/forms/disk/stage-tree.ts';
import { rejects } from '../../../support/rejects.ts';
import { suite } from '../../../support/suite.ts';
import { temporaryFolder } from '../../temporary-folder.ts';
import { EPOCH, file, folder } from '../../tree/sample-tree.ts';
import { bootable, MIB, SPEC, wholeTree } from './sample-disk.ts';

const test = suite('disk layout', { deadline: 60_000 });
const LARGE = [...bootable(), file('large', 'x'.repeat(30 * MIB))];

test('partitions lie side by side on whole MiB, and leave room for the table at the end', async ({
  signal,
}) => {
  await using at = await temporaryFolder();
  await using tree = await wholeTree(bootable(), at.path, signal);
  const { size, efi, root } = layOut(tree, findBootFiles(await tree.manifest()), 160 * MIB + 700);
  assert.is(size, 160 * MIB);
  assert.equal(efi, { offset: MIB, size: 64 * MIB });
  assert.equal(root, { offset: 65 * MIB, size: 94 * MIB });
});

test('a disk that is too small is refused before anything is made, with a size that does', async ({
  signal,
}) => {
  await using at = await temporaryFolder();
  await using tree = await wholeTree(LARGE, at.path, signal);
  const form = diskForm({ home: at.path, work: at.path });
  await using scope = new Scope();
  const fault = await rejects(form.master(tree, { ...SPEC, size: 110 * MIB }, scope, signal), {
    code: 'DISK_TOO_SMALL',
  });
  const [, needed] = /at least (\d+) MiB/.exec(fault.message) ?? [];
  assert.match(fault.hint ?? '', /disk: { size: 1G }/);
  const { ref } = await form.master(tree, { ...SPEC, size: Number(needed) * MIB }, scope, signal);
  assert.ok(ref.digest);
});

test('many small files need inodes and whole blocks', async ({ signal }) => {
  await using at = await temporaryFolder();
  const many = Array.from({ length: 6000 }, (_, index) => file(`many/${index}`, 'x'));
  await using tree = await wholeTree([...bootable(), folder('many'), ...many], at.path, signal);
  const boot = findBootFiles(await tree.manifest());
  await rejects(async () => layOut(tree, boot, 110 * MIB), { code: 'DISK_TOO_SMALL' });
  assert.ok(layOut(tree, boot, SPEC.size).inodes > 6000);
  await using scope = new Scope();
  await diskForm({ home: at.path, work: at.path }).master(tree, SPEC, scope, signal);
});

test('what mke2fs itself refuses is a DISK_TOO_SMALL as well', async ({ signal }) => {
  await using at = await temporaryFolder();
  await using tree = await wholeTree(LARGE, at.path, signal);
  const layout = layOut(tree, findBootFiles(await tree.manifest()), SPEC.size);
  const small = { ...layout, root: { ...layout.root, size: 40 * MIB } };
  const [disk, stage] = [`${at.path}/disk.raw`, `${at.path}/stage`];
  await stageTree(stage, tree, [], signal);
  await writePartitionTable(disk, small, tree.digest, signal);
  const made = writeRootPartition(disk, small, { tree, stage, epoch: EPOCH }, at.path, signal);
  const fault = await rejects(made, { code: 'DISK_TOO_SMALL' });
  assert.match(fault.details.join(), /allocate/);
});

test.run();
