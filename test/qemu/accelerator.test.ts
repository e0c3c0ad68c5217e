import { accessSync, constants } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { chooseAccelerator, KVM, TCG } from '../../src/platforms/qemu/accelerator.ts';
import { probeKvm } from '../../src/platforms/qemu/probe-kvm.ts';
import { missing } from '../support/engines.ts';
import { pageDisk } from '../support/page-disk.ts';
import { suite } from '../support/suite.ts';
import { temporaryFolder } from '../unit/temporary-folder.ts';

const test = suite('which way guests run', { skip: await missing('qemu') });

test('a probe says that a guest runs only when one has run', async ({ signal }) => {
  await using folder = await temporaryFolder();
  const { kernel } = (await pageDisk(signal)).disk;
  const probe = (accel: string, file?: string) => probeKvm({ ...TCG, accel }, file, folder.path, signal);
  assert.is(await probe(TCG.accel), undefined);
  assert.is(await probe(TCG.accel, kernel?.file), undefined);
  assert.match((await probe('none')) ?? '', /^QEMU cannot use it: .*none/);
  assert.match((await probe(TCG.accel, import.meta.filename)) ?? '', /^QEMU cannot use it: .*kernel/);
});

test('the answer is kept for one boot of this host and one QEMU; why guests are emulated is told each time', async ({
  signal,
}) => {
  await using folder = await temporaryFolder();
  const cache = folder.path;
  const notes: string[] = [];
  const choose = () => chooseAccelerator({ cache, signal, note: (message) => notes.push(message) });
  const first = await choose();
  assert.ok(first === KVM || first === TCG);
  assert.equal(await choose(), first);
  if (!mayOpenKvm()) return assert.equal(await readdir(cache), []);
  assert.equal(notes, first === KVM ? [] : [notes[0], notes[0]]);
  const file = join(cache, 'kvm-sector.json');
  const kept = JSON.parse(await readFile(file, 'utf8'));
  await writeFile(file, JSON.stringify({ of: kept.of }));
  assert.equal(await choose(), KVM, 'it is not asked again');
  await writeFile(file, JSON.stringify({ ...kept, of: 'another boot' }));
  assert.equal(await choose(), first);
  await writeFile(file, 'damaged');
  assert.equal(await choose(), first);
});

function mayOpenKvm(): boolean {
  try {
    accessSync('/dev/kvm', constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

test.run();
