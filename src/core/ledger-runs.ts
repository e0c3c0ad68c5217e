import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Intention } from './intention.ts';
import { ledgersIn } from './ledger.ts';
import { type ReadLedger, readLedger } from './ledger-line.ts';
import { runLives } from './run-owner.ts';

/** A run by its ledger. */
export interface Run extends ReadLedger {
  readonly file: string;
  readonly lives: boolean;
  /** When it last said that it lives, in milliseconds since 1970. */
  readonly heartbeat: number;
}

/** All runs of a `$KILN_HOME` whose ledgers are there, oldest first. */
export interface Runs {
  readonly living: readonly Run[];
  readonly dead: readonly Run[];
  /** Files that are no ledger that this kiln can read. */
  readonly foreign: readonly string[];
}

const SUFFIX = '.jsonl';

/** Reads the ledgers of a `$KILN_HOME`; `lives` is told a run and its heartbeat. */
export async function readRuns(home: string, lives: typeof runLives = runLives): Promise<Runs> {
  const folder = ledgersIn(home);
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    return [];
  });
  const runs: Run[] = [];
  const foreign: string[] = [];
  for (const name of names.sort().filter((one) => one.endsWith(SUFFIX))) {
    const file = join(folder, name);
    try {
      const run = await readRun(file, lives);
      if (run === undefined) foreign.push(file);
      else runs.push(run);
    } catch (error) {
      // It has ended meanwhile, or another clears it away.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  return { living: runs.filter((run) => run.lives), dead: runs.filter((run) => !run.lives), foreign };
}

/** Nothing when it is none that this kiln can read. */
async function readRun(file: string, lives: typeof runLives): Promise<Run | undefined> {
  const { mtimeMs: heartbeat } = await stat(file);
  const read = readLedger(await readFile(file, 'utf8'));
  if (read === undefined) return undefined;
  if (await lives(read.owner, heartbeat)) return { ...read, file, lives: true, heartbeat };
  // Only now it is known to say its last: it may have gone on, and come to a good end, since it was read.
  const last = readLedger(await readFile(file, 'utf8')) ?? read;
  return { ...last, file, lives: false, heartbeat: (await stat(file)).mtimeMs };
}

/** An image that a living run works from; `what` is the run, for people: `bake of web`. */
export interface ImageInUse extends Pick<Extract<Intention, { kind: 'uses' }>, 'image' | 'digest'> {
  readonly what: string;
}

/** The images that living runs of a `$KILN_HOME` work from: bases of bakes, what is exported, what is launched. */
export async function imagesInUse(home: string): Promise<ImageInUse[]> {
  const { living } = await readRuns(home);
  return living.flatMap(({ what, open }) =>
    open.flatMap(({ intends }) =>
      intends.kind === 'uses' ? [{ image: intends.image, digest: intends.digest, what }] : [],
    ),
  );
}
