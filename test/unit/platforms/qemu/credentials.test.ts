import { readdir, readFile, stat } from 'node:fs/promises';
import * as assert from 'uvu/assert';
import { writeCredentials } from '../../../../src/platforms/qemu/credentials.ts';
import { rejects } from '../../../support/rejects.ts';
import { suite } from '../../../support/suite.ts';
import { temporaryFolder } from '../../temporary-folder.ts';

const test = suite('credentials by SMBIOS');

test('each is a structure of its own: text as it is, anything else as base64; only its owner reads it', async () => {
  await using folder = await temporaryFolder();
  const { files, remove } = await writeCredentials(
    folder.path,
    new Map([
      ['one', Buffer.from('a\nb=c\n')],
      ['two', Buffer.from([0, 255])],
      ['none', Buffer.alloc(0)],
    ]),
  );
  const [one, two, none] = await Promise.all(files.map((file) => readFile(file)));
  assert.equal(one?.subarray(0, 5), Buffer.from([11, 5, 0x00, 0xee, 1]));
  assert.equal(two?.subarray(0, 5), Buffer.from([11, 5, 0x01, 0xee, 1]));
  assert.is(one?.toString('latin1', 5), 'io.systemd.credential:one=a\nb=c\n\0\0');
  assert.is(two?.toString('latin1', 5), 'io.systemd.credential.binary:two=AP8=\0\0');
  assert.is(none?.toString('latin1', 5), 'io.systemd.credential.binary:none=\0\0');
  assert.is((await stat(files[0] ?? '')).mode & 0o777, 0o600);
  await remove();
  assert.equal(await readdir(folder.path), []);
});

test('what is more than a machine takes is refused with its size, and nothing is written', async () => {
  await using folder = await temporaryFolder();
  const large = new Map([['chain', Buffer.alloc(5000, 'x')]]);
  const fault = await rejects(writeCredentials(folder.path, large), { code: 'DATA_INVALID' });
  assert.match(fault.message, /50\d\d bytes in `chain`: it takes 4096/);
  assert.equal(fault.details, ['chain: 5000 bytes']);
  const many = new Map(Array.from({ length: 20 }, (_, index) => [`c${index}`, Buffer.alloc(4000, 'x')]));
  const all = await rejects(writeCredentials(folder.path, many), { code: 'DATA_INVALID' });
  assert.match(all.message, 'in all');
  assert.equal(await readdir(folder.path), []);
});

test.run();
