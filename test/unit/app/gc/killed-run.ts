import { mkdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { collectGarbage } from '../../../../src/app/gc/collect-garbage.ts';
import type { GcClouds } from '../../../../src/app/gc/gc-clouds.ts';
import type { GcEngine, GcEngines } from '../../../../src/app/gc/gc-engines.ts';
import { gcFacts } from '../../../../src/app/gc/gc-facts.ts';
import { leftOfRuns } from '../../../../src/app/gc/left-of-runs.ts';
import { livingOwners } from '../../../../src/app/gc/living-owners.ts';
import { openFileCatalogue } from '../../../../src/catalogue/file-store.ts';
import type { Intention } from '../../../../src/core/intention.ts';
import { ledgersIn } from '../../../../src/core/ledger.ts';
import { LEDGER_KIND } from '../../../../src/core/ledger-line.ts';
import { readRuns } from '../../../../src/core/ledger-runs.ts';
import { thisOwner } from '../../../../src/core/run-owner.ts';
import type { CloudLeftovers } from '../../../../src/platforms/cloud-leftovers.ts';
import type { LeftContainer } from '../../../../src/platforms/docker/engine-leftovers.ts';
import type { Launcher } from '../../../../src/platforms/launcher.ts';
import { fakeCloud } from '../../../support/fake-cloud.ts';
import { fakeLauncher } from '../../../support/fake-launcher.ts';
import { type FakeStore, fakeStore } from '../../forms/oci/fake-store.ts';

export const ENGINE = { id: 'FAKE', address: 'unix:///fake' };

/** When killed runs intended what they did: what they had begun then is long over. */
const LONG_AGO = '2026-01-01T00:00:00.000Z';

/** Writes the ledger of a run: of one that was killed, unless it `lives`. */
export async function writeLedger(
  home: string,
  run: string,
  intentions: readonly unknown[],
  { lives = false, more = [] }: { readonly lives?: boolean; readonly more?: readonly unknown[] } = {},
): Promise<string> {
  const here = thisOwner();
  const owner = lives ? here : { ...here, process: here.process.replace(/^\d+/, '4194305') };
  const header = { kind: LEDGER_KIND, run, what: `bake of ${run}`, at: LONG_AGO, owner };
  const lines = intentions.map((intends, index) => ({ n: index + 1, at: LONG_AGO, intends }));
  const file = join(ledgersIn(home), `${run}.jsonl`);
  await mkdir(ledgersIn(home), { recursive: true });
  await writeFile(file, [header, ...lines, ...more].map((line) => `${JSON.stringify(line)}\n`).join(''));
  return file;
}

/** The same of a run that was killed, and said so long ago that it lives that nothing it asked for is underway. */
export async function writeOldLedger(
  home: string,
  run: string,
  intentions: readonly unknown[],
): Promise<void> {
  const old = new Date(LONG_AGO);
  await utimes(await writeLedger(home, run, intentions), old, old);
}

/** A FAKE of an engine as gc asks it: a list of containers, and an image store. */
export interface FakeEngine {
  readonly containers: (LeftContainer & { readonly bake: string; readonly image?: string })[];
  readonly store: FakeStore;
  readonly launcher: Launcher;
  /** How often it was connected to. */
  connected: number;
  /** What it is called. */
  readonly name: typeof ENGINE;
}

export function fakeEngine(changes: Partial<FakeEngine> = {}): FakeEngine {
  return {
    containers: [],
    store: fakeStore(),
    launcher: fakeLauncher(),
    connected: 0,
    name: ENGINE,
    ...changes,
  };
}

function asEngine({ containers, store, launcher, name }: FakeEngine): GcEngine {
  const gone = ({ id }: LeftContainer) => {
    const index = containers.findIndex((one) => one.id === id);
    if (index >= 0) containers.splice(index, 1);
  };
  const engine = {
    images: store,
    launcher,
    leftovers: {
      name: async () => name,
      containers: async ({ bake, names }: { bake: string; names: readonly string[] }) =>
        containers.filter((one) => one.bake === bake || names.includes(one.name)),
      usersOf: async (image: string, bake: string) =>
        containers.filter((one) => one.image === image && one.bake !== bake).map((one) => one.name),
      remove: async (container: LeftContainer) => gone(container),
      removeImage: async (id: string) => void store.images.delete(id as `sha256:${string}`),
      unusedNetworks: async () => [],
      removeNetworks: async () => {},
    },
  };
  return engine as unknown as GcEngine;
}

export interface CollectOptions {
  readonly dryRun?: boolean;
  readonly cloud?: CloudLeftovers;
  readonly only?: 'cloud';
}

/** Runs the part of `bake gc` that goes by ledgers; each thing as `removed container NAME`. */
export async function collectRuns(
  home: string,
  fake: FakeEngine | GcEngines,
  signal: AbortSignal,
  { dryRun = false, cloud = fakeCloud(), only }: CollectOptions = {},
): Promise<string[]> {
  const runs = await readRuns(home);
  const engines: GcEngines =
    typeof fake === 'function'
      ? fake
      : async () => {
          fake.connected++;
          return asEngine(fake);
        };
  const facts = gcFacts(home, join(home, 'cache'), openFileCatalogue(home));
  const clouds: GcClouds = async () => cloud;
  const around = {
    facts,
    engines,
    clouds,
    lives: livingOwners(runs, home),
    ...(only === undefined ? {} : { only }),
  };
  const collected = await collectGarbage({ dryRun }, [async (all) => leftOfRuns(runs, around, all)], signal);
  return collected.map(({ state, what, where, why }) =>
    [state, what, where.replace(home, ''), ...(why === undefined ? [] : [`(${why})`])].join(' '),
  );
}

export function container(name: string): Intention {
  return { kind: 'container', name, engine: ENGINE };
}
