import type { Machine } from '../../src/platforms/platform.ts';

/** The same machine, and how many programs were run in it by that. */
export function countingExecs(machine: Machine): { readonly machine: Machine; readonly execs: () => number } {
  let execs = 0;
  return {
    execs: () => execs,
    machine: {
      ...machine,
      exec: (argv, options) => {
        execs += 1;
        return machine.exec(argv, options);
      },
    },
  };
}
