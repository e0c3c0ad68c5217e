import type { Scope } from '../../core/scope.ts';
import type { Instance } from '../../platforms/launcher.ts';
import type { Launchers } from './join-launchers.ts';

/**
 * Puts one instance in the place of another, which goes on running out of reach: their ports move with one short gap.
 * Until the returned function is called, closing the scope puts the old one back.
 */
export async function swapIn(
  launcher: Launchers,
  { next, old }: { readonly next: Instance; readonly old: Instance | undefined },
  scope: Scope,
  signal: AbortSignal,
): Promise<() => void> {
  const putBack = async (cleanup: AbortSignal) => {
    await launcher.withdraw(next, cleanup);
    if (old !== undefined) await launcher.publish(old, cleanup);
  };
  const label = `the place of ${(old ?? next).name}`;
  const done =
    old === undefined
      ? `${next.image} serves no more (${next.name})`
      : `${old.image} serves again (${old.name})`;
  const confirm = scope.defer(label, putBack, undefined, done);
  if (old !== undefined) await launcher.withdraw(old, signal);
  await launcher.publish(next, signal);
  return confirm;
}
