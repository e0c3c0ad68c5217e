import type { Qmp } from './qmp.ts';

/**
 * Lets a QEMU save, or read, a state without the memory that is a file (see docs of `x-ignore-shared`): saving takes
 * no time then, and what is resumed reads from the file what it needs when it needs it.
 */
export async function leaveMemoryOut(qmp: Qmp, signal: AbortSignal): Promise<void> {
  const capabilities = [{ capability: 'x-ignore-shared', state: true }];
  await qmp.execute('migrate-set-capabilities', { capabilities }, { signal });
}
