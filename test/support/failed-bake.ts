import { inspect } from 'node:util';
import type Docker from 'dockerode';
import * as assert from 'uvu/assert';
import type { FaultCode } from '../../src/core/fault.ts';
import { Scope } from '../../src/core/scope.ts';
import type { FaultJson } from '../../src/ui/fault-json.ts';
import type { BakeWorkspace, Ran, RunOptions } from './bake-workspace.ts';
import { engineContents } from './engine-contents.ts';
import { preparedBase } from './machine.ts';

/** How a bake must end. */
export interface Expected {
  readonly exitCode: number;
  readonly code: FaultCode;
}

/** A bake that ended as expected: what it told a program, as one text to look things up in, and what a person. */
export interface Failed extends Ran {
  readonly fault: FaultJson;
  readonly said: string;
}

/**
 * Runs `bake image NAME --json`, which must fail as expected and leave the engine, the catalogue and the folder for
 * temporary files exactly as they were.
 */
export async function failedBake(
  workspace: BakeWorkspace,
  argv: readonly string[],
  expected: Expected,
  options: RunOptions & { readonly docker?: Docker },
): Promise<Failed> {
  const before = await everything(workspace, options.docker);
  const ran = await workspace.bake(['image', ...argv, '--json'], options);
  const after = await everything(workspace, options.docker);
  const failed = { ...ran, ...toldFault(ran) };
  const shown = `${ran.stdout}\n${ran.stderr}`;
  assert.is(failed.fault.code, expected.code, shown);
  assert.is(ran.exitCode, expected.exitCode, shown);
  assert.not.match(ran.stderr, /could not be removed|remove it with|this is a bug/);
  assert.equal(after, before, `what is there after is not what was there before\n${shown}`);
  return failed;
}

/** Makes the bases of the repository that are not there yet, so that what a bake leaves can be told from them. */
export async function makeBases(names: readonly string[], signal: AbortSignal): Promise<void> {
  await using scope = new Scope();
  for (const name of names) await preparedBase(name, scope, signal);
}

/** All that a bake could leave behind, outside its logs. */
export async function everything(workspace: BakeWorkspace, docker?: Docker): Promise<string[]> {
  return [...(await engineContents(docker)), ...(await workspace.files())];
}

function toldFault({ stdout, stderr }: Ran): { fault: FaultJson; said: string } {
  const told = JSON.parse(stdout || 'null') as { error?: FaultJson } | { error?: FaultJson }[] | null;
  const fault = [told].flat().find((one) => one?.error !== undefined)?.error;
  if (fault === undefined) throw new Error(`no fault was told, but ${inspect(told)}\n${stderr}`);
  return { fault, said: [fault.message, ...fault.details, fault.hint ?? ''].join('\n') };
}
