import type { ExecOptions, ExecResult, Machine } from '../../../src/platforms/platform.ts';

export interface ScriptedMachine extends Machine {
  /** Every command line that was run, in order. */
  readonly ran: (readonly string[])[];
}

/** A machine whose every command is answered by a function; what that leaves out is exit 0 and no output. */
export function scriptedMachine(
  answer: (argv: readonly string[], options: ExecOptions) => Partial<ExecResult> | undefined,
): ScriptedMachine {
  const ran: (readonly string[])[] = [];
  return {
    id: 'scripted',
    platform: 'docker',
    init: 'systemd',
    address: undefined,
    enter: [],
    ran,
    async exec(argv, options) {
      ran.push(argv);
      return { exitCode: 0, stdout: '', stderr: '', ...answer(argv, options) };
    },
    async upload() {},
    async *download() {},
    async remove() {},
  };
}
