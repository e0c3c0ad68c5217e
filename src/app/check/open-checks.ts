import { openBakery } from '../bakery.ts';
import type { CheckPorts } from './fresh-machine.ts';

/** What this machine's user checks images with; nothing is connected to yet. */
export function openChecks(signal: AbortSignal): Omit<CheckPorts, 'reporter' | 'say'> {
  const { docker, qemu, catalogue, home } = openBakery(signal);
  return { docker, qemu, catalogue, home };
}
