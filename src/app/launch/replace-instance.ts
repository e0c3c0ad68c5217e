import type { LaunchStage } from '../../core/events.ts';
import type { Scope } from '../../core/scope.ts';
import { type Instance, type InstanceSpec, platformFor } from '../../platforms/launcher.ts';
import type { Stages } from '../stages.ts';
import type { ImageRuntime } from './image-runtime.ts';
import { assertUp, asUnhealthy, confirming } from './instance-health.ts';
import type { Launchers } from './join-launchers.ts';
import { swapIn } from './swap.ts';

/** One instance that is to be, and the one whose place it takes. */
export interface Replacement {
  readonly spec: InstanceSpec;
  readonly runtime: ImageRuntime;
  readonly old: Instance | undefined;
  readonly checkBeforeSwap: boolean;
}

/**
 * Starts an instance beside the one that serves, checks it on its own address, swaps it in, checks it again where it
 * serves, and removes the old one. Whatever fails before that, the scope puts the old one back and removes the new.
 */
export async function replaceInstance(
  { spec, runtime, old, checkBeforeSwap }: Replacement,
  { launcher, stages }: { readonly launcher: Launchers; readonly stages: Stages<LaunchStage> },
  scope: Scope,
  signal: AbortSignal,
): Promise<Instance> {
  const { environment, template, slot, launch } = spec;
  scope.intend({ kind: 'uses', image: spec.image, digest: spec.digest });
  const platforms = [platformFor(spec), ...(old === undefined ? [] : [old.platform])];
  const place = scope.intend({ kind: 'place', environment, template, slot, launch, platforms });
  const { instance, keep } = await stages.run('start', (log) =>
    launcher.launch({ ...spec, note: (message) => log.note(message) }, scope, signal),
  );

  if (checkBeforeSwap) {
    await stages.run('check', (log) => assertUp(launcher, instance, runtime, { log, signal }));
  } else {
    stages.skip('check', 'the environment says `check-before-swap: false`');
  }

  const swap = scope.intend({ kind: 'swap', environment });
  const confirm = await stages.run('swap', () =>
    asUnhealthy(instance, () => swapIn(launcher, { next: instance, old }, scope, signal)),
  );
  swap.made();
  const asConfirmed = checkBeforeSwap ? confirming(runtime) : runtime;
  await stages.run('confirm', (log) => {
    // What is to be known of how it is asked was noted as it was checked.
    const heard = checkBeforeSwap ? { output: log.output, note() {} } : log;
    return assertUp(launcher, instance, asConfirmed, { log: heard, signal });
  });

  if (old !== undefined) {
    const account = old.cloud?.account;
    scope.intend({ kind: 'retire', environment, instance: old.id, account, platforms });
  }
  // From here on it is the old one that would have to go.
  place.settle();
  confirm();
  keep();
  if (old === undefined) return instance;
  // It has been replaced: that it cannot be removed at once takes nothing from that, and the scope tries again.
  const removed = scope.defer(`instance ${old.name}`, (cleanup) => launcher.remove(old, cleanup));
  await stages.run('retire', (log) =>
    launcher.remove(old, signal).then(removed, (error: unknown) => log.note(`${old.name}: ${String(error)}`)),
  );
  return instance;
}
