import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { Scope } from '../../src/core/scope.ts';
import type { Machine } from '../../src/platforms/platform.ts';
import { overlayBacking } from '../../src/platforms/qemu/overlay-backing.ts';
import { bakeWorkspace } from '../support/bake-workspace.ts';
import { missing } from '../support/engines.ts';
import { readRecord } from '../support/records.ts';
import { suite } from '../support/suite.ts';
import { testQemu } from '../support/vm-machine.ts';

const test = suite('checkpoints of virtual machines', {
  skip: (await missing('docker')) || (await missing('qemu')),
  deadline: 900_000,
});

async function run(machine: Machine, script: string, signal: AbortSignal): Promise<string> {
  const { exitCode, stdout, stderr } = await machine.exec(['sh', '-ec', script], { signal, timeout: 60_000 });
  assert.is(exitCode, 0, stderr);
  return stdout;
}

test('a machine goes on from what another wrote, and then stands on its base’s disk alone', async ({
  signal,
}) => {
  await using scope = new Scope();
  const { home, platform, start } = await testQemu(scope);
  const warm = await start(signal);
  await run(warm, 'echo one > /srv/one', signal);
  const first = join(home, 'first.qcow2');
  await platform.checkpoint(warm, first, signal);
  await run(warm, 'echo late > /srv/late', signal);
  await warm.remove();

  const second = await start(signal, { from: first });
  assert.is(await run(second, 'cat /srv/*; echo two > /srv/two', signal), 'one\n');
  const both = join(home, 'both.qcow2');
  await platform.checkpoint(second, both, signal);
  await second.remove();
  assert.is(await overlayBacking(both), await overlayBacking(first));
  await rm(first);
  const third = await start(signal, { from: both });
  assert.is(await run(third, 'cat /srv/*', signal), 'one\ntwo\n');
});

const step = (name: string) => `echo "runs ${name}"\necho ${name} >> /opt/ran\ntouch /opt/${name}\n`;

test('a bake that failed in a virtual machine goes on after the last good step', async ({ signal }) => {
  await using workspace = await bakeWorkspace({
    'templates/test-steps.yaml': `name: test-steps
base: debian-12
machine: vm
forms: [disk]
converge:
  - shell: { script: provisioners/one.sh, creates: /opt/one }
  - shell: { script: provisioners/two.sh, creates: /opt/two }
`,
    'provisioners/one.sh': step('one'),
    'provisioners/two.sh': 'exit 3\n',
  });
  const failed = await workspace.bake(['image', 'test-steps', '--checkpoints'], { signal });
  assert.is(failed.exitCode, 1, failed.stderr);
  assert.match(failed.stderr, 'saved converge:1');
  await workspace.write({ 'provisioners/two.sh': step('two') });
  const resumed = await workspace.bake(['image', 'test-steps', '--from', 'converge:1'], { signal });
  assert.is(resumed.exitCode, 0, resumed.stderr);
  assert.not.match(resumed.stderr, 'runs one');
  const one = await readRecord(workspace, 'test-steps@1', signal);
  assert.is(one.resumed?.step, 1);
  const whole = await workspace.bake(['image', 'test-steps'], { signal });
  assert.is(whole.exitCode, 0, whole.stderr);
  const two = await readRecord(workspace, 'test-steps@2', signal);
  assert.equal([two.digest, two.resumed], [one.digest, undefined], whole.stdout);
  assert.equal(
    (await workspace.files()).filter((path) => path.includes('checkpoints')),
    [],
  );
});

test.run();
