import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { type BakeWorkspace, bakeWorkspace } from '../support/bake-workspace.ts';
import { missing } from '../support/engines.ts';
import { makeBases } from '../support/failed-bake.ts';
import { killAt } from '../support/kill-at.ts';
import { assertClean, KILLED_STAGES, killAtRandom, leftOf, timeOfABake } from '../support/killed-bakes.ts';
import { suite } from '../support/suite.ts';

const test = suite('a bake in a container that is killed', { skip: await missing('docker') });

const MOMENTS = 50;

/** Each bake has another image, so that what one leaves is not what another has published. */
function killedWorkspace(): Promise<BakeWorkspace> {
  return bakeWorkspace({
    'templates/test-killed.yaml': `name: test-killed
base: debian-12-minimal
converge:
  - shell: { script: provisioners/step.sh, creates: /opt/done }
checks: { command: { "test -s /opt/done": { exit-status: 0 } } }
probe: { interval: 50ms, success-threshold: 1, stable-for: 0s }
container: { init: none, command: [sleep, "60"] }
`,
    'provisioners/step.sh': 'cat /proc/sys/kernel/random/uuid > /opt/done\n',
  });
}

test('bake gc removes all that kill -9 at the beginning of any stage has left', async ({ signal }) => {
  await makeBases(['debian-12-minimal'], signal);
  await using workspace = await killedWorkspace();
  const before = await leftOf(workspace);
  for (const stage of KILLED_STAGES) {
    const kill = killAt(new RegExp(`test-killed ${stage} +…`), 'SIGKILL');
    const killed = await workspace.bake(['image', 'test-killed'], { signal, ...kill });
    assert.is(killed.exitCode, null, `${stage}: ${killed.stderr}`);
    const dry = await workspace.bake(['gc', '--dry-run', '--json'], { signal });
    const gc = await workspace.bake(['gc', '--json'], { signal });
    assert.is(gc.exitCode, 0, `${stage}: ${gc.stdout}\n${gc.stderr}`);
    await assertClean(workspace, before, signal, `${stage}: ${gc.stdout}`);
    assert.equal(found(dry.stdout), found(gc.stdout), 'what --dry-run says is what is done');
  }
});

test(
  `bake gc removes all that kill -9 at ${MOMENTS} random moments has left`,
  async ({ signal }) => {
    await makeBases(['debian-12-minimal'], signal);
    await using workspace = await killedWorkspace();
    const before = await leftOf(workspace);
    const ms = await timeOfABake(workspace, 'test-killed', signal);
    const kills = { template: 'test-killed', moments: MOMENTS, batch: 10, sideBySide: 1, ms, before };
    await killAtRandom(workspace, kills, signal);
  },
  { deadline: 15 * 60_000 },
);

test('bake gc ends the bootstrap of a base whose bake was killed, and removes its files', async ({
  signal,
}) => {
  await using workspace = await killedWorkspace();
  await workspace.write({
    'templates/bases/debian-12-minimal.yaml': 'debian: bookworm\ninclude: [ca-certificates, jq]\n',
  });
  const before = await leftOf(workspace);
  const env = { XDG_CACHE_HOME: join(workspace.home, 'cache') };
  const kill = killAt(/resolve {3} {3}\w+: |I: (downloading|extracting)/, 'SIGKILL', 1000);
  const killed = await workspace.bake(['image', 'test-killed'], { signal, env, ...kill });
  assert.is(killed.exitCode, null, killed.stderr);
  const left = await leftOf(workspace);
  assert.ok(
    left.some((line) => line.includes('kiln-bootstrap-')),
    'it was killed too early or too late',
  );
  const gc = await workspace.bake(['gc'], { signal, env });
  assert.is(gc.exitCode, 0, `${gc.stdout}\n${gc.stderr}`);
  await assertClean(workspace, before, signal, gc.stdout);
});

test('bake gc removes half of an export that was killed, and the container that it was read from', async ({
  signal,
}) => {
  await makeBases(['debian-12-minimal'], signal);
  await using workspace = await killedWorkspace();
  assert.is((await workspace.bake(['image', 'test-killed'], { signal })).exitCode, 0);
  const before = await leftOf(workspace);
  const file = join(workspace.home, 'half.tar');
  let saw = 0;
  for (const what of ['reading its tree', 'writing']) {
    const kill = killAt(`test-killed@1: ${what}`, 'SIGKILL');
    const argv = ['export', 'test-killed', '--format', 'tar', '-o', file, '--progress', 'json'];
    const killed = await workspace.bake(argv, { signal, ...kill });
    assert.is(killed.exitCode, null, `${what}: ${killed.stderr}`);
    const left = (await leftOf(workspace)).filter((line) => !before.includes(line));
    for (const part of [/container \S+-tree-/, /half\.tar\.\S+\.part$/])
      if (left.some((line) => part.test(line))) saw++;
    const gc = await workspace.bake(['gc'], { signal });
    assert.is(gc.exitCode, 0, `${gc.stdout}\n${gc.stderr}`);
    await assertClean(workspace, before, signal, `${what}: ${gc.stdout}`);
  }
  assert.ok(saw >= 3, 'it was killed too early or too late');
});

test('bake gc touches nothing of a bake that runs, whenever it looks', async ({ signal }) => {
  await makeBases(['debian-12-minimal'], signal);
  await using workspace = await killedWorkspace();
  const before = await leftOf(workspace);
  let over = false;
  const baking = workspace.bake(['image', 'test-killed', '--json'], { signal }).finally(() => {
    over = true;
  });
  let looks = 0;
  while (!over) {
    const gc = await workspace.bake(['gc', '--json'], { signal });
    assert.equal([gc.exitCode, gc.stdout.trim()], [0, '[]'], gc.stderr);
    looks++;
  }
  const { exitCode, stderr } = await baking;
  assert.is(exitCode, 0, stderr);
  assert.ok(looks > 2, `it looked only ${looks} times`);
  await assertClean(workspace, before, signal, 'after a good end');
});

function found(stdout: string): string[] {
  return (JSON.parse(stdout) as { what: string; where: string }[]).map(
    ({ what, where }) => `${what} ${where}`,
  );
}

test.run();
