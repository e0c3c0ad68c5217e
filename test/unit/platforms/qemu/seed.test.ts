import { execFile } from 'node:child_process';
import { readdir, stat } from 'node:fs/promises';
import { promisify } from 'node:util';
import * as assert from 'uvu/assert';
import { makeSeed, metaData, userData } from '../../../../src/platforms/qemu/seed.ts';
import { suite } from '../../../support/suite.ts';
import { temporaryFolder } from '../../temporary-folder.ts';

const test = suite('a NoCloud seed');

const CONTENT = {
  instance: 'kiln-3h2k-bake',
  hostname: 'kiln',
  authorized: 'ssh-ed25519 AAAA',
  hostKey: { privateKey: '-----BEGIN\nabc\n-----END\n', publicKey: 'ssh-ed25519 BBBB' },
};

test('tells cloud-init our keys, and to make none and no user of its own', () => {
  const [first, ...rest] = userData(CONTENT).split('\n');
  assert.is(first, '#cloud-config');
  assert.equal(JSON.parse(rest.join('\n')), {
    disable_root: false,
    users: [],
    ssh_authorized_keys: ['ssh-ed25519 AAAA'],
    ssh_deletekeys: true,
    ssh_keys: { ed25519_private: '-----BEGIN\nabc\n-----END\n', ed25519_public: 'ssh-ed25519 BBBB' },
  });
  assert.equal(JSON.parse(metaData(CONTENT)), { 'instance-id': 'kiln-3h2k-bake', 'local-hostname': 'kiln' });
});

test('is a FAT disk labelled CIDATA that only this user reads, and all that is left of it', async ({
  signal,
}) => {
  await using folder = await temporaryFolder();
  const seed = await makeSeed(folder.path, CONTENT, signal);
  assert.equal(await readdir(folder.path), ['seed.img']);
  assert.is((await stat(seed)).mode & 0o777, 0o600);
  const run = promisify(execFile);
  const label = await run('mlabel', ['-i', seed, '-s', '::']);
  assert.match(label.stdout, /Volume label is CIDATA/);
  const { stdout } = await run('mtype', ['-i', seed, '::user-data']);
  assert.is(stdout, userData(CONTENT));
});

test.run();
