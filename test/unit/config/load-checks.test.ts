import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { loadChecks } from '../../../src/config/load-checks.ts';
import { rejects } from '../../support/rejects.ts';
import { suite } from '../../support/suite.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const test = suite('a file of checks');

test('it is read wherever it is, through links as well', async ({ signal }) => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'goss.yaml');
  await writeFile(file, 'port: { "tcp:80": { listening: true } }\n');
  const other = join(folder.path, 'other');
  await mkdir(other);
  await symlink(file, join(other, 'link.yaml'));
  const checks = { port: { 'tcp:80': { listening: true } } };
  assert.equal(await loadChecks(file, signal), checks);
  assert.equal(await loadChecks(join(other, 'link.yaml'), signal), checks);
});

test('what it includes belongs to it', async ({ signal }) => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'goss.yaml');
  await writeFile(file, 'gossfile: { "more-*.yaml": {} }\nuser: { root: { exists: true } }\n');
  await writeFile(join(folder.path, 'more-1.yaml'), 'group: { root: { exists: true } }\n');
  assert.equal(await loadChecks(file, signal), {
    user: { root: { exists: true } },
    group: { root: { exists: true } },
  });
});

test('what is wrong in it is told with file, line and column', async ({ signal }) => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'goss.yaml');
  await writeFile(file, 'prot: {}\nport: { "tcp:80": { listening: 1 } }\n');
  const { details } = await rejects(loadChecks(file, signal), { code: 'CONFIG_INVALID' });
  assert.match(details.join('\n'), `${file}:1:1 `);
  assert.match(details.join('\n'), `${file}:2:32 `);
});

test('a file that is not there is no bad one', async ({ signal }) => {
  const { message } = await rejects(loadChecks('/nowhere/goss.yaml', signal), { code: 'USAGE' });
  assert.is(message, 'there is no file /nowhere/goss.yaml');
});

test.run();
