import { readdir } from 'node:fs/promises';
import * as assert from 'uvu/assert';
import { memoryHome } from '../../src/core/memory-work.ts';
import { listPrivateFolders } from '../../src/platforms/private-folder.ts';
import { type BakeWorkspace, bakeWorkspace } from '../support/bake-workspace.ts';
import { missing } from '../support/engines.ts';
import { killAt } from '../support/kill-at.ts';
import {
  assertClean,
  leftOf as everythingLeft,
  KILLED_STAGES,
  killAtRandom,
  timeOfABake,
} from '../support/killed-bakes.ts';
import { processesWith } from '../support/search-host.ts';
import { suite } from '../support/suite.ts';

const test = suite('a bake in a virtual machine that is killed', {
  skip: (await missing('docker')) || (await missing('qemu')),
});

const MOMENTS = 50;

/** Each stage that leaves something else behind, and milliseconds into it. */
const KILLS = [
  ['start', 400],
  ['converge', 300],
  ['snapshot', 300],
  ['master', 900],
  ['verify', 2500],
] as const;

test('bake gc removes all that kill -9 has left of it, at whatever stage that was', async ({ signal }) => {
  await using workspace = await bakeWorkspace({
    'templates/test-killed.yaml': `name: test-killed
base: debian-12
machine: vm
forms: [disk]
converge:
  - shell: { script: provisioners/step.sh, creates: /opt/done }
`,
    'provisioners/step.sh': 'sleep 1; echo golden > /opt/done\n',
  });
  const before = await leftOf(workspace);
  let running = 0;
  for (const [stage, ms] of KILLS) {
    const kill = killAt(new RegExp(`test-killed ${stage} +…`), 'SIGKILL', ms);
    const killed = await workspace.bake(['image', 'test-killed'], { signal, ...kill });
    assert.is(killed.exitCode, null, `${stage}: ${killed.stderr}`);
    const left = await leftOf(workspace);
    running += left.some((line) => line.startsWith('process')) ? 1 : 0;
    assert.not.equal(left, before, `${stage}: there was nothing to remove`);
    const gc = await workspace.bake(['gc', '--json'], { signal });
    assert.is(gc.exitCode, 0, `${stage}: ${gc.stdout}\n${gc.stderr}`);
    await assertClean(workspace, before, signal, `${stage}: ${gc.stdout}`, leftOf);
  }
  assert.ok(running >= 3, `a machine outlived only ${running} of the kills: they came too early or too late`);
});

test(
  'the same at the beginning of each stage',
  async ({ signal }) => {
    await using workspace = await killedWorkspace();
    const before = await everythingLeft(workspace);
    for (const stage of KILLED_STAGES) {
      const kill = killAt(new RegExp(`test-killed ${stage} +…`), 'SIGKILL');
      const killed = await workspace.bake(['image', 'test-killed'], { signal, ...kill });
      assert.is(killed.exitCode, null, `${stage}: ${killed.stderr}`);
      const gc = await workspace.bake(['gc', '--json'], { signal });
      assert.is(gc.exitCode, 0, `${stage}: ${gc.stdout}\n${gc.stderr}`);
      await assertClean(workspace, before, signal, `${stage}: ${gc.stdout}`);
    }
  },
  { deadline: 15 * 60_000 },
);

test(
  `the same at ${MOMENTS} random moments`,
  async ({ signal }) => {
    await using workspace = await killedWorkspace();
    // The base is made, and booted, before anything is killed.
    const ms = await timeOfABake(workspace, 'test-killed', signal).then(() =>
      timeOfABake(workspace, 'test-killed', signal),
    );
    const kills = { template: 'test-killed', moments: MOMENTS, batch: 10, sideBySide: 2, ms };
    await killAtRandom(workspace, { ...kills, before: await everythingLeft(workspace) }, signal);
  },
  { deadline: 25 * 60_000 },
);

/** Each bake has another image, so that what one leaves is not what another has published. */
function killedWorkspace(): Promise<BakeWorkspace> {
  return bakeWorkspace({
    'templates/test-killed.yaml': `name: test-killed
base: debian-12
machine: vm
forms: [disk]
converge:
  - shell: { script: provisioners/step.sh, creates: /opt/done }
probe: { interval: 200ms, success-threshold: 1, stable-for: 0s }
`,
    'provisioners/step.sh': 'cat /proc/sys/kernel/random/uuid > /opt/done\n',
  });
}

/** Files, QEMU processes, folders with keys and folders in memory that are of this workspace or of a killed process. */
async function leftOf(workspace: BakeWorkspace): Promise<string[]> {
  const files = (await workspace.files()).map((path) => `file ${path}`);
  const keys = (await listPrivateFolders()).filter(({ of }) => of.startsWith(workspace.home));
  const processes = await processesWith(workspace.home);
  const memory = await readdir(memoryHome()).catch(() => []);
  return [
    ...files,
    ...processes.filter((path) => path.endsWith('/cmdline')).map((path) => `process ${path}`),
    ...keys.map(({ folder }) => `keys ${folder}`),
    ...memory.map((name) => `in memory ${name}`),
  ];
}

test.run();
