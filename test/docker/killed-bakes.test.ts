import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import type { ImageList } from '../../src/app/list-images.ts';
import { openFileCatalogue } from '../../src/catalogue/file-store.ts';
import type { ImageRecord } from '../../src/catalogue/record.ts';
import { BAKE_STAGES } from '../../src/core/events.ts';
import { cacheHome } from '../../src/core/home.ts';
import { memoryHome } from '../../src/core/memory-work.ts';
import { type BakeWorkspace, bakeWorkspace } from '../support/bake-workspace.ts';
import { engineContents } from '../support/engine-contents.ts';
import { missing } from '../support/engines.ts';
import { makeBases } from '../support/failed-bake.ts';
import { killAt } from '../support/kill-at.ts';
import { random } from '../support/random.ts';
import { processesWith } from '../support/search-host.ts';
import { suite } from '../support/suite.ts';

const test = suite('a bake in a container that is killed', { skip: await missing('docker') });

const MOMENTS = 50;
/** Bakes that are killed before one `bake gc`. */
const BATCH = 10;

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

/** All that a killed bake could leave. */
async function leftOf(workspace: BakeWorkspace): Promise<string[]> {
  const cache = await readdir(join(cacheHome(), 'bases'), { recursive: true }).catch(() => []);
  const memory = await readdir(memoryHome()).catch(() => []);
  return [
    ...(await engineContents()),
    ...(await workspace.files()).map((path) => `file ${path}`),
    ...(await processesWith(workspace.home)).map((path) => `process ${path}`),
    ...cache.sort().map((path) => `in the cache ${path}`),
    ...memory.map((name) => `in memory ${name}`),
  ];
}

/** What the catalogue says that there is: its records, what goes with their trees, and their names in the engine. */
async function published(workspace: BakeWorkspace, signal: AbortSignal): Promise<string[]> {
  const { exitCode, stdout, stderr } = await workspace.bake(['list', '--json', '-n', '1000'], { signal });
  assert.is(exitCode, 0, stderr);
  assert.equal((JSON.parse(stdout) as ImageList).damaged, []);
  const records: ImageRecord[] = [];
  for await (const listed of openFileCatalogue(workspace.home).list())
    if (listed.kind === 'image') records.push(listed.record);
  const newest = records.reduce((most, { version }) => Math.max(most, version), 0);
  return records.flatMap(({ version, digest, forms }) => {
    const folder = `file home/images/${digest.replace('sha256:', '')}`;
    return [
      `file home/records/test-killed/${version}.json`,
      `${folder}/manifest.ndjson.gz`,
      `${folder}/packages.paths.gz`,
      ...forms.map((form) => {
        const latest = version === newest ? ' kiln/test-killed:latest' : '';
        return `image ${form.digest} kiln/test-killed:${version}${latest}`;
      }),
    ];
  });
}

async function assertClean(
  workspace: BakeWorkspace,
  before: readonly string[],
  signal: AbortSignal,
  what: string,
): Promise<void> {
  const after = await leftOf(workspace);
  const expected = [...before, ...(await published(workspace, signal))];
  assert.equal(after.sort(), expected.sort(), what);
}

test('bake gc removes all that kill -9 at the beginning of any stage has left', async ({ signal }) => {
  await makeBases(['debian-12-minimal'], signal);
  await using workspace = await killedWorkspace();
  const before = await leftOf(workspace);
  for (const stage of BAKE_STAGES) {
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
    const { seed, next } = random();
    const ms = await timeOfABake(workspace, signal);
    let killedOnes = 0;
    for (let done = 0; done < MOMENTS; done += BATCH) {
      const moments: number[] = [];
      for (let index = 0; index < BATCH; index++) {
        const moment = Math.round(next() * ms);
        moments.push(moment);
        const kill = killAt(/test-killed resolve +…/, 'SIGKILL', moment);
        const { exitCode } = await workspace.bake(['image', 'test-killed'], { signal, ...kill });
        if (exitCode === null) killedOnes++;
      }
      const gc = await workspace.bake(['gc', '--json'], { signal });
      const what = `seed ${seed}, killed after ${moments.join(', ')} ms: ${gc.stdout}\n${gc.stderr}`;
      assert.is(gc.exitCode, 0, what);
      await assertClean(workspace, before, signal, what);
    }
    assert.ok(killedOnes > MOMENTS / 2, `only ${killedOnes} were killed in time (seed ${seed})`);
  },
  { deadline: 15 * 60_000 },
);

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

/** Milliseconds from the first stage to the end of one that is not killed. */
async function timeOfABake(workspace: BakeWorkspace, signal: AbortSignal): Promise<number> {
  let began = 0;
  const { exitCode, stderr } = await workspace.bake(['image', 'test-killed'], {
    signal,
    onStderr(piece) {
      if (began === 0 && /test-killed resolve +…/.test(piece)) began = performance.now();
    },
  });
  assert.is(exitCode, 0, stderr);
  return performance.now() - began;
}

function found(stdout: string): string[] {
  return (JSON.parse(stdout) as { what: string; where: string }[]).map(
    ({ what, where }) => `${what} ${where}`,
  );
}

test.run();
