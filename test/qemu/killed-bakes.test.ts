import { readdir, readFile } from 'node:fs/promises';
import * as assert from 'uvu/assert';
import { memoryHome } from '../../src/core/memory-work.ts';
import { listPrivateFolders } from '../../src/platforms/qemu/private-folder.ts';
import { type BakeWorkspace, bakeWorkspace } from '../support/bake-workspace.ts';
import { missing } from '../support/engines.ts';
import { suite } from '../support/suite.ts';

const test = suite('a bake in a virtual machine that is killed', {
  skip: (await missing('docker')) || (await missing('qemu')),
});

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
    const killed = await workspace.bake(['image', 'test-killed'], { signal, ...killIn(stage, ms) });
    assert.is(killed.exitCode, null, `${stage}: ${killed.stderr}`);
    const left = await leftOf(workspace);
    running += left.some((line) => line.startsWith('process')) ? 1 : 0;
    assert.not.equal(left, before, `${stage}: there was nothing to remove`);
    const gc = await workspace.bake(['gc', '--json'], { signal });
    assert.is(gc.exitCode, 0, `${stage}: ${gc.stdout}\n${gc.stderr}`);
    assert.equal(await leftOf(workspace), before, `${stage}: ${gc.stdout}`);
  }
  assert.ok(running >= 3, `a machine outlived only ${running} of the kills: they came too early or too late`);
});

/** Sends SIGKILL so many milliseconds after a stage has begun. */
function killIn(stage: string, ms: number) {
  let said = '';
  let sent = false;
  return {
    onStderr(piece: string, kill: (name: NodeJS.Signals) => void) {
      said += piece;
      if (sent || !new RegExp(`test-killed ${stage} +…`).test(said)) return;
      sent = true;
      setTimeout(() => kill('SIGKILL'), ms);
    },
  };
}

/** Files, QEMU processes, folders with keys and folders in memory that are of this workspace or of a killed process. */
async function leftOf(workspace: BakeWorkspace): Promise<string[]> {
  const files = (await workspace.files()).map((path) => `file ${path}`);
  const keys = (await listPrivateFolders()).filter(({ of }) => of.startsWith(workspace.home));
  const memory = await readdir(memoryHome()).catch(() => []);
  return [
    ...files,
    ...(await processesIn(workspace.home)).map((pid) => `process ${pid}`),
    ...keys.map(({ folder }) => `keys ${folder}`),
    ...memory.map((name) => `in memory ${name}`),
  ];
}

async function processesIn(folder: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
  );
  return pids.filter((_, index) => lines[index]?.includes(folder));
}

test.run();
