import { createHash, randomInt } from 'node:crypto';

/** Numbers from 0 to below 1 that come again with the same seed; `KILN_TEST_SEED` gives one that a failure named. */
export function random(seed: number = Number(process.env['KILN_TEST_SEED'] ?? randomInt(2 ** 31))): {
  readonly seed: number;
  next(): number;
} {
  let count = 0;
  return {
    seed,
    next: () => createHash('sha256').update(`${seed} ${count++}`).digest().readUInt32BE() / 2 ** 32,
  };
}
