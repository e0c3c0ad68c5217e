import { readdir } from 'node:fs/promises';
import * as assert from 'uvu/assert';
import type { ImageList } from '../../src/app/list-images.ts';
import { openFileCatalogue } from '../../src/catalogue/file-store.ts';
import type { ImageRecord } from '../../src/catalogue/record.ts';
import { BAKE_STAGES } from '../../src/core/events.ts';
import { cacheHome } from '../../src/core/home.ts';
import { memoryHome } from '../../src/core/memory-work.ts';
import { sleep } from '../../src/core/wait.ts';
import { listPrivateFolders } from '../../src/platforms/private-folder.ts';
import type { BakeWorkspace } from './bake-workspace.ts';
import { engineContents } from './engine-contents.ts';
import { killAt } from './kill-at.ts';
import { random } from './random.ts';
import { processesWith } from './search-host.ts';

/** The stages of a bake whose image has no AMI to be copied; test/ec2/distribute kills in that one. */
export const KILLED_STAGES = BAKE_STAGES.filter((stage) => stage !== 'distribute');

/** Longer than a program of a bake takes for what it was started for. */
const PROGRAM_MS = 15_000;

/** All that a killed bake could leave, one line each: on the engine, in files, in memory, in the cache, as a process. */
export async function leftOf(workspace: BakeWorkspace): Promise<string[]> {
  const cache = await readdir(cacheHome(), { recursive: true }).catch(() => []);
  const memory = await readdir(memoryHome(), { recursive: true }).catch(() => []);
  const keys = (await listPrivateFolders()).filter(({ of }) => of.startsWith(workspace.home));
  const processes = await processesWith(workspace.home);
  return [
    ...(await engineContents()),
    ...(await workspace.files()).map((path) => `file ${path}`),
    ...processes.filter((path) => path.endsWith('/cmdline')).map((path) => `process ${path}`),
    ...keys.map(({ folder }) => `keys ${folder}`),
    ...cache.sort().map((path) => `in the cache ${path}`),
    ...memory.sort().map((name) => `in memory ${name}`),
  ];
}

/**
 * The same as before, but for what the catalogue says that there is; what is new is told first. Keys and files in memory
 * that were others' may have gone with these.
 */
export async function assertClean(
  workspace: BakeWorkspace,
  before: readonly string[],
  signal: AbortSignal,
  what: string,
  left = leftOf,
): Promise<void> {
  await programsToEnd(workspace, signal);
  const after = await left(workspace);
  const expected = new Set([...before, ...(await published(workspace, signal))]);
  const gone = [...expected].filter((line) => !after.includes(line) && !/^(keys|in memory) /.test(line));
  const more = after.filter((line) => !expected.has(line));
  assert.equal([more, gone], [[], []], `too much: ${more.join(', ')}; gone: ${gone.join(', ')}; ${what}`);
}

/** What a killed bake had started and nobody has to end, as `mke2fs`, comes to its end by itself; a QEMU would not. */
async function programsToEnd({ home }: BakeWorkspace, signal: AbortSignal): Promise<void> {
  const until = performance.now() + PROGRAM_MS;
  while (performance.now() < until) {
    if (!(await processesWith(home)).some((path) => path.endsWith('/cmdline'))) return;
    await sleep(100, signal);
  }
}

/** Records, what goes with their trees, disks, and names in the engine; not what is at AWS. */
async function published(workspace: BakeWorkspace, signal: AbortSignal): Promise<string[]> {
  const { exitCode, stdout, stderr } = await workspace.bake(['list', '--json', '-n', '1000'], { signal });
  assert.is(exitCode, 0, stderr);
  assert.equal((JSON.parse(stdout) as ImageList).damaged, []);
  const catalogue = openFileCatalogue(workspace.home);
  const records: ImageRecord[] = [];
  for await (const listed of catalogue.list()) if (listed.kind === 'image') records.push(listed.record);
  const newest = records.reduce((most, { version }) => Math.max(most, version), 0);
  const lines = records.map(async (record) => [
    ...linesOf(record, record.version === newest),
    ...((await catalogue.copies(record)).length === 0
      ? []
      : [`file home/records/${record.template}/${record.version}.copies`]),
  ]);
  return (await Promise.all(lines)).flat();
}

function linesOf({ template, version, digest, forms }: ImageRecord, isNewest: boolean): string[] {
  const folder = `file home/images/${digest.replace('sha256:', '')}`;
  const latest = isNewest ? ` kiln/${template}:latest` : '';
  return [
    `file home/records/${template}/${version}.json`,
    `${folder}/manifest.ndjson.gz`,
    `${folder}/packages.paths.gz`,
    ...forms.flatMap((form) =>
      form.kind === 'oci'
        ? [`image ${form.digest} kiln/${template}:${version}${latest}`]
        : form.kind === 'ami'
          ? []
          : [form.file, form.boot.kernel.file, form.boot.initrd.file].map((file) => `file home/${file}`),
    ),
  ];
}

/** What is killed at random moments, how often, and how. */
export interface RandomKills {
  readonly template: string;
  readonly moments: number;
  /** Bakes that are killed before one `bake gc`. */
  readonly batch: number;
  /** At the same time. */
  readonly sideBySide: number;
  /** Milliseconds that a bake takes from its first stage to its end. */
  readonly ms: number;
  readonly before: readonly string[];
}

/** Kills bakes at random moments; after each batch, `bake gc` — every other time two of them at once — leaves nothing. */
export async function killAtRandom(
  workspace: BakeWorkspace,
  kills: RandomKills,
  signal: AbortSignal,
): Promise<void> {
  const { template, moments, batch, sideBySide, ms, before } = kills;
  const { seed, next } = random();
  let killed = 0;
  for (let done = 0; done < moments; done += batch) {
    const times = Array.from({ length: Math.min(batch, moments - done) }, () => Math.round(next() * ms));
    const waiting = times.values();
    const takeTurns = async () => {
      for (const time of waiting) {
        const kill = killAt(new RegExp(`${template} resolve +…`), 'SIGKILL', time);
        const { exitCode } = await workspace.bake(['image', template], { signal, ...kill });
        if (exitCode === null) killed++;
      }
    };
    await Promise.all(Array.from({ length: sideBySide }, takeTurns));
    const collectors = (done / batch) % 2 === 0 ? 1 : 2;
    const collected = await Promise.all(
      Array.from({ length: collectors }, () => workspace.bake(['gc', '--json'], { signal })),
    );
    const said = collected.map(({ stdout, stderr }) => `${stdout}\n${stderr}`).join('\n');
    const what = `seed ${seed}, killed after ${times.join(', ')} ms: ${said}`;
    for (const { exitCode } of collected) assert.is(exitCode, 0, what);
    await assertClean(workspace, before, signal, what);
  }
  // The bake that was timed may have been slower than these.
  assert.ok(killed > moments / 4, `only ${killed} were killed in time (seed ${seed})`);
}

/** Milliseconds from the first stage to the end of a bake that is not killed. */
export async function timeOfABake(
  workspace: BakeWorkspace,
  template: string,
  signal: AbortSignal,
): Promise<number> {
  let began = 0;
  const { exitCode, stderr } = await workspace.bake(['image', template], {
    signal,
    onStderr(piece) {
      if (began === 0 && piece.includes(`${template} resolve `)) began = performance.now();
    },
  });
  assert.is(exitCode, 0, stderr);
  return performance.now() - began;
}
