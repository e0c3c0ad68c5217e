import { join } from 'node:path';
import { baseContext, openBakery } from '../../src/app/bakery.ts';
import type { ReadyImage } from '../../src/bases/base.ts';
import { identifyBase } from '../../src/bases/identify-base.ts';
import { loadWorkspace } from '../../src/config/workspace.ts';
import { newBakeId } from '../../src/core/ids.ts';
import type { Scope } from '../../src/core/scope.ts';
import type { Init, Machine } from '../../src/platforms/platform.ts';

/** This repository, whose own bases the tests start machines from. */
export const REPOSITORY = join(import.meta.dirname, '../..');

export interface TestMachineOptions {
  readonly init: Init;
  /** A base of this repository; the one with Puppet when not given. */
  readonly base?: string;
  readonly signal?: AbortSignal;
}

/** A clean machine on the real engine, removed with the scope. */
export async function startTestMachine(scope: Scope, options: TestMachineOptions): Promise<Machine> {
  const { init, base = 'debian-12', signal = new AbortController().signal } = options;
  const { docker } = openBakery(signal);
  const { image } = await preparedBase(base, scope, signal);
  const spec = { bake: newBakeId(), template: 'test', purpose: 'test', base: image, init, asImage: false };
  return await docker.platform.start(spec, scope, signal);
}

/** One of this repository's bases, made when it is not there yet. */
export async function preparedBase(name: string, scope: Scope, signal: AbortSignal): Promise<ReadyImage> {
  const bakery = openBakery(signal);
  const source = (await loadWorkspace(REPOSITORY)).bases.get(name)?.value;
  if (source === undefined) throw new Error(`there is no base ${name}`);
  const silent = { output: () => {}, note: () => {} };
  const context = baseContext({ ...bakery, id: newBakeId(), root: REPOSITORY }, scope, silent, signal);
  const identified = await identifyBase(name, source, bakery.catalogue, context, { bootable: false });
  const { image, tree, ...base } = await identified.prepare();
  if (image === undefined || tree === undefined) throw new Error(`${name} is no image of the engine`);
  return { ...base, image, tree };
}
