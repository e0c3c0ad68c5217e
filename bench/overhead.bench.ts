import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bakeImage } from '../src/app/bake-image.ts';
import { openBakery } from '../src/app/bakery.ts';
import { openWorkspace } from '../src/app/open-workspace.ts';
import { stagesOf } from '../src/app/stages.ts';
import { openFileCatalogue } from '../src/catalogue/file-store.ts';
import type { Digest } from '../src/core/digest.ts';
import type { BakeStage } from '../src/core/events.ts';
import { newBakeId } from '../src/core/ids.ts';
import { Scope } from '../src/core/scope.ts';
import type { Machine, Platform } from '../src/platforms/platform.ts';
import { median, report } from './measure.ts';

/**
 * What a bake of the sample web costs beyond the work inside the machine and the waiting for `stable-for`.
 *
 * Each stage's time, less the time in which a program ran in a machine, or a machine booted or shut down. Between the
 * first and the last question of a probe all time is the machine's: it is asked again until `stable-for` is over. What
 * the engine takes to start a container is measured by itself, with one that boots nothing, and added for each machine.
 */
const RUNS = 5;
/** A bake starts two: one that converges, one that verifies. */
const MACHINES = 2;
const project = join(import.meta.dirname, '..');
const signal = new AbortController().signal;

interface Interval {
  from: number;
  to: number;
}

function timed(platform: Platform, busy: Interval[]): Platform {
  const during = async <T>(work: () => Promise<T>): Promise<T> => {
    const from = performance.now();
    try {
      return await work();
    } finally {
      busy.push({ from, to: performance.now() });
    }
  };
  return {
    ...platform,
    snapshot: (machine, snapshotSignal) => during(() => platform.snapshot(machine, snapshotSignal)),
    async start(spec, scope, startSignal) {
      const machine = await during(() => platform.start(spec, scope, startSignal));
      return {
        ...machine,
        exec: (...args: Parameters<Machine['exec']>) => during(() => machine.exec(...args)),
      };
    },
  };
}

/** Milliseconds that the engine takes to create and start a container, boot not included. */
async function engineStart(image: Digest): Promise<number> {
  const { docker } = openBakery(signal);
  const times: number[] = [];
  for (let n = 0; n < RUNS; n++) {
    await using scope = new Scope();
    const spec = {
      bake: newBakeId(),
      template: 'bench',
      purpose: 'idle',
      base: image,
      init: 'none',
      asImage: false,
    } as const;
    const started = performance.now();
    await docker.platform.start(spec, scope, signal);
    times.push(performance.now() - started);
  }
  return median(times);
}

async function bakeOnce(
  home: string,
): Promise<{ total: number; overhead: number; stages: string; image: Digest }> {
  const { workspace, templates } = await openWorkspace(project, ['web'], signal);
  const [template] = templates;
  if (template === undefined) throw new Error('there is no template web');
  const started = performance.now();
  const bakery = openBakery(signal);
  const busy: Interval[] = [];
  const spans: { stage: string; from: number; to: number }[] = [];
  const begun = new Map<string, number>();
  const stages = stagesOf<BakeStage>('web', {
    emit(event) {
      if (event.type === 'stage-started') begun.set(event.stage, performance.now());
      if (event.type === 'stage-done')
        spans.push({ stage: event.stage, from: begun.get(event.stage) ?? 0, to: performance.now() });
    },
    async close() {},
  });
  const scope = new Scope();
  const docker = { ...bakery.docker, platform: timed(bakery.docker.platform, busy) };
  const catalogue = openFileCatalogue(home);
  const named = { ...template, name: 'bench-web' };
  const { record } = await bakeImage(
    {
      ...bakery,
      docker,
      catalogue,
      id: newBakeId(),
      workspace,
      template: named,
      stages,
      cold: false,
      verify: true,
      checkpoints: false,
      ifChanged: false,
      onMachine: () => {},
    },
    scope,
    signal,
  );
  await scope.close();
  const total = performance.now() - started;
  const own = spans.map(({ stage, from, to }) => ({ stage, ms: to - from - covered(stage, from, to, busy) }));
  const staged = spans.reduce((sum, { from, to }) => sum + to - from, 0);
  const outside = total - staged;
  const overhead = own.reduce((sum, { ms }) => sum + ms, outside);
  const shown = [...own, { stage: 'clean-up', ms: outside }].map(
    ({ stage, ms }) => `${stage} ${(ms / 1000).toFixed(2)}`,
  );
  return { total, overhead, stages: shown.join(' · '), image: record.forms[0]?.digest ?? record.digest };
}

async function removeImages(home: string): Promise<void> {
  const { docker } = openBakery(signal);
  const versions = await openFileCatalogue(home).versions('bench-web');
  for (const tag of ['latest', ...versions]) await docker.images.untag(`kiln/bench-web:${tag}`);
}

function covered(stage: string, from: number, to: number, busy: readonly Interval[]): number {
  const inside = busy
    .filter((interval) => interval.from >= from && interval.to <= to)
    .sort((a, b) => a.from - b.from);
  if (stage === 'check' || stage === 'verify') return (inside.at(-1)?.to ?? from) - (inside[0]?.from ?? from);
  let sum = 0;
  let end = from;
  for (const interval of inside) {
    sum += Math.max(0, interval.to - Math.max(end, interval.from));
    end = Math.max(end, interval.to);
  }
  return sum;
}

const home = await mkdtemp(join(tmpdir(), 'kiln-bench-'));
try {
  const { image } = await bakeOnce(home);
  const containers = MACHINES * (await engineStart(image));
  console.log(`  ${(containers / 1000).toFixed(2)} s for the engine to start ${MACHINES} containers`);
  const runs = [];
  for (let run = 0; run < RUNS; run++) {
    const baked = await bakeOnce(home);
    const one = { ...baked, overhead: baked.overhead + containers };
    runs.push(one);
    console.log(
      `  ${(one.overhead / 1000).toFixed(2)} s of ${(one.total / 1000).toFixed(1)} s: ${one.stages}`,
    );
  }
  const overhead = median(runs.map((run) => run.overhead));
  const share = median(runs.map((run) => run.overhead / run.total));
  report(
    'own overhead of a bake of web',
    `${(overhead / 1000).toFixed(2)} s, ${(share * 100).toFixed(0)} % of the bake`,
    'under 3 s',
  );
} finally {
  await removeImages(home);
  await rm(home, { recursive: true, force: true });
}
