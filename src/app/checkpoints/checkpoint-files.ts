import { readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomically } from '../../core/atomic-file.ts';
import { namesIn } from '../../core/names-in.ts';
import {
  CHECKPOINT_KIND,
  type Checkpoint,
  type CheckpointKey,
  type SavedState,
  savedBy,
} from './checkpoint.ts';

const CHECKPOINT = /^(?:container|vm)-[1-9][0-9]*\.json$/;
const MARK = /^(?:container|vm)-[1-9][0-9]*\.[\w-]+\.mark$/;

/**
 * What says that there is, or may be, a state that no checkpoint names: one that is being made, or one that is no longer
 * of use. It is written before either is the case and goes after the state, so that nothing is ever lost sight of.
 */
export interface StateMark extends CheckpointKey {
  readonly bake: string;
  /** Its digest is not known while it is being made. */
  readonly state: Omit<SavedState, 'digest'> & Partial<SavedState>;
  /** The process that makes it, as `ownerOf` has it; absent when it is only to be removed. */
  readonly owner?: string;
}

/** `HOME/checkpoints/TEMPLATE`: a file for each checkpoint, the marks, the lock, and the states that are files. */
export function checkpointFolder(home: string, template: string): string {
  return join(home, 'checkpoints', template);
}

export function checkpointFile(home: string, key: CheckpointKey): string {
  return join(checkpointFolder(home, key.template), `${key.machine}-${key.step}.json`);
}

/** The lock under which a template's checkpoints are replaced and what is left of them is removed. */
export function checkpointLock(home: string, template: string): string {
  return join(checkpointFolder(home, template), 'lock');
}

/** Where a bake keeps its state after a step. */
export function stateAt({ template, machine, step }: CheckpointKey, bake: string): string {
  if (machine === 'container') return `kiln/checkpoint/${template}:${bake}-${step}`;
  return join('checkpoints', template, `${machine}-${step}.${bake}.qcow2`);
}

/** Templates that have a folder for checkpoints. */
export async function checkpointedTemplates(home: string): Promise<string[]> {
  return await namesIn(join(home, 'checkpoints'));
}

/** A template's checkpoints, by machine and step; a file that is none is passed over. */
export async function readCheckpoints(home: string, template: string): Promise<Checkpoint[]> {
  const found = await readAll<Checkpoint>(checkpointFolder(home, template), CHECKPOINT);
  return found
    .filter(({ kind }) => kind === CHECKPOINT_KIND)
    .sort((a, b) => a.machine.localeCompare(b.machine) || a.step - b.step);
}

export async function writeCheckpoint(home: string, checkpoint: Checkpoint): Promise<void> {
  await writeFileAtomically(checkpointFile(home, checkpoint), `${JSON.stringify(checkpoint)}\n`);
}

/** The newest bakes' first: nothing lies over what comes before. */
export async function readMarks(home: string, template: string): Promise<StateMark[]> {
  const found = await readAll<StateMark>(checkpointFolder(home, template), MARK);
  return found.sort((a, b) => (a.bake < b.bake ? 1 : -1) || b.step - a.step);
}

export async function writeMark(home: string, mark: StateMark): Promise<void> {
  await writeFileAtomically(markFile(home, mark), `${JSON.stringify(mark)}\n`);
}

/** Says of a checkpoint that it is none any more: what it was saved as is only marked by now. */
export async function retireCheckpoint(home: string, checkpoint: Checkpoint): Promise<StateMark> {
  const mark = await markReplaced(home, checkpoint);
  await rm(checkpointFile(home, checkpoint), { force: true });
  return mark;
}

/** Marks what a checkpoint was saved as, before another takes the checkpoint's place. */
export async function markReplaced(home: string, checkpoint: Checkpoint): Promise<StateMark> {
  const { template, machine, step, state } = checkpoint;
  const mark = { template, machine, step, bake: savedBy(checkpoint), state };
  await writeMark(home, mark);
  return mark;
}

export async function removeMark(home: string, mark: StateMark): Promise<void> {
  await rm(markFile(home, mark), { force: true });
}

/** When a mark was written, in milliseconds since 1970; one that is gone is as old as can be. */
export async function markTime(home: string, mark: StateMark): Promise<number> {
  const found = await stat(markFile(home, mark)).catch(absent);
  return found?.mtimeMs ?? 0;
}

export function markFile(home: string, { template, machine, step, bake }: StateMark): string {
  return join(checkpointFolder(home, template), `${machine}-${step}.${bake}.mark`);
}

async function readAll<T>(folder: string, name: RegExp): Promise<T[]> {
  const names = (await namesIn(folder)).filter((one) => name.test(one));
  const read = await Promise.all(names.map((one) => readJson<T>(join(folder, one))));
  return read.flatMap((one) => (one === undefined ? [] : [one]));
}

async function readJson<T>(file: string): Promise<T | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as T;
  } catch (error) {
    // Removed meanwhile, or not written by us: ours appear whole.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}
