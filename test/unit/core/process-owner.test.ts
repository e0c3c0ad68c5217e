import { spawn } from 'node:child_process';
import { once } from 'node:events';
import * as assert from 'uvu/assert';
import { ownerLives, ownerOf } from '../../../src/core/process-owner.ts';
import { suite } from '../../support/suite.ts';

const test = suite('the owner of what a process makes');

test('lives as long as its process, and no other process is taken for it', async () => {
  const child = spawn('sleep', ['60']);
  await once(child, 'spawn');
  const owner = await ownerOf(child.pid as number);
  assert.ok(await ownerLives(owner));
  assert.not(await ownerLives(owner.replace(/ \d+ /, ' 1 ')), 'one that has the same id now');
  assert.not(
    await ownerLives(owner.replace(/ [^ ]+\n/, ' another-boot\n')),
    'one before the host was restarted',
  );
  child.kill('SIGKILL');
  await once(child, 'exit');
  assert.not(await ownerLives(owner));
  assert.not(await ownerLives(await ownerOf(child.pid as number)), 'what it would write now');
  assert.not(await ownerLives(''));
});

test.run();
