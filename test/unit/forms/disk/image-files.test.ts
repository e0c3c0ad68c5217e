import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as assert from 'uvu/assert';
import { digestOf } from '../../../../src/core/digest.ts';
import { ownerOf } from '../../../../src/core/process-owner.ts';
import { abandonedDisks } from '../../../../src/forms/disk/abandoned-disks.ts';
import { placeImage, removeImage } from '../../../../src/forms/disk/image-files.ts';
import { suite } from '../../../support/suite.ts';
import { temporaryFolder } from '../../temporary-folder.ts';

const test = suite('where disks of images are placed');

const [DEAD, ALSO_DEAD] = ['4194305 1 boot\n', '4194306 1 boot\n'];
const DISK = ['x.qcow2', 'x.qcow2.initrd', 'x.qcow2.kernel'];

/** A home where bakes place one and the same disk. */
async function world() {
  const folder = await temporaryFolder();
  const home = folder.path;
  const to = join(home, 'images/tree/x.qcow2');
  const place = async (owner: string) => {
    const from = join(home, 'work/disk');
    await mkdir(dirname(from), { recursive: true });
    for (const part of ['', '.kernel', '.initrd']) await writeFile(`${from}${part}`, `disk${part}`);
    await placeImage(from, to, digestOf('disk'), owner);
  };
  return {
    to,
    mark: `${to}.new`,
    place,
    found: () => abandonedDisks(home),
    files: async () => (await readdir(dirname(to)).catch(() => [])).sort(),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

test('one that two bakes made is abandoned only when both are gone, and then goes', async () => {
  await using at = await world();
  await at.place(`a ${DEAD}`);
  await at.place(`b ${await ownerOf(process.pid)}`);
  assert.equal(await at.found(), []);
  await removeImage(at.to, `b ${await ownerOf(process.pid)}`);
  await at.place(`c ${ALSO_DEAD}`);
  const [disk, ...others] = await at.found();
  assert.equal([disk?.file, others.length], [at.to, 0]);
  await disk?.remove();
  assert.equal(await at.files(), []);
});

test('who fails takes away only what is nobody else’s', async () => {
  await using at = await world();
  await at.place(`a ${DEAD}`);
  await at.place(`b ${DEAD}`);
  await at.place(`c ${DEAD}`);
  await removeImage(at.to, `b ${DEAD}`);
  await removeImage(at.to, `b ${DEAD}`);
  assert.equal(await at.files(), [...DISK, 'x.qcow2.new']);
  await removeImage(at.to, `a ${DEAD}`);
  assert.equal(await at.files(), [...DISK, 'x.qcow2.new']);
  await removeImage(at.to, `c ${DEAD}`);
  assert.equal(await at.files(), []);
});

test('one that a record keeps becomes nobody’s', async () => {
  await using at = await world();
  await at.place(`a ${DEAD}`);
  await (await at.found())[0]?.keep();
  await at.place(`b ${DEAD}`);
  assert.equal(await at.files(), DISK);
  await removeImage(at.to, `b ${DEAD}`);
  assert.equal(await at.files(), DISK);
});

test('whoever comes after half a line, or none, has a line of his own', async () => {
  for (const half of ['', 'a 41943']) {
    await using at = await world();
    await at.place(`a ${DEAD}`);
    await writeFile(at.mark, half);
    assert.is((await at.found()).length, 1);
    await at.place(`b ${await ownerOf(process.pid)}`);
    assert.match(await readFile(at.mark, 'utf8'), new RegExp(`^b ${process.pid} `, 'm'));
    assert.equal(await at.found(), []);
  }
});

test('one that was found abandoned stays when a bake has come to it since, or it was kept', async () => {
  for (const mark of [`a ${DEAD}`, '']) {
    await using at = await world();
    await at.place(`a ${DEAD}`);
    await writeFile(at.mark, mark);
    const [disk] = await at.found();
    await at.place(`b ${DEAD}`);
    await disk?.remove();
    assert.equal(await at.files(), [...DISK, 'x.qcow2.new']);
    await disk?.keep();
    await disk?.remove();
    assert.equal(await at.files(), DISK);
  }
});

test.run();
