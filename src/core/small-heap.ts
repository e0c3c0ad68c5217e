import { setFlagsFromString } from 'node:v8';

/**
 * From now on the heap grows by half of what is in use before it is cleaned, and not by up to three times that, as V8 has
 * it: for a process in which hundreds of bakes wait at once. `bench/ec2.bench.ts` measures what for; it takes more of
 * the processor, so one bake goes without.
 */
export function keepHeapSmall(): void {
  setFlagsFromString('--heap-growing-percent=50');
}
