import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import * as ec2 from '@aws-sdk/client-ec2';
import * as assert from 'uvu/assert';
import { PERMISSIONS } from '../../../src/platforms/ec2/permissions.ts';
import { suite } from '../../support/suite.ts';

const test = suite('the table of what is asked of AWS');

const FOLDER = resolve(import.meta.dirname, '../../../src/platforms/ec2');
/** The table itself, and what asks of all of it whether it is allowed. */
const TABLES = ['permissions.ts', 'dry-runs.ts', 'ask-access.ts'];
/** Parts of other calls: tags that a parameter is put with. */
const IMPLIED: ReadonlySet<string> = new Set(['ssm:AddTagsToResource']);
/** Of EC2 the commands are told themselves, of others their actions. */
const COMMAND = /\b([A-Z]\w+)Command\(/g;
const ACTION = /'((?:ebs|ssm):[A-Z]\w+)'/g;

test('has every action that the sources ask for, and none that they do not', async () => {
  const files = (await readdir(FOLDER)).filter((name) => name.endsWith('.ts') && !TABLES.includes(name));
  const named = new Set<string>();
  for (const name of files) {
    const text = await readFile(join(FOLDER, name), 'utf8');
    for (const [, action = ''] of text.matchAll(ACTION)) named.add(action);
    for (const [, command = ''] of text.matchAll(COMMAND))
      if (`${command}Command` in ec2) named.add(`ec2:${command}`);
  }
  const listed = new Set(PERMISSIONS.map(({ action }) => action));
  assert.equal([...named].filter((action) => !listed.has(action)).sort(), [], 'missing in the table');
  const unnamed = [...listed].filter((action) => !named.has(action) && !IMPLIED.has(action));
  assert.equal(unnamed.sort(), [], 'nobody asks for it any more');
});

test.run();
