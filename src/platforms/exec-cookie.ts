import { Fault } from '../core/fault.ts';
import { shellJoin } from '../core/shell-quote.ts';

/** The variable by which a program and all its children are known, whatever became of their parents. */
export const EXEC_COOKIE = 'KILN_EXEC';

/** Milliseconds: what hangs must not keep a cancelled bake from ending. */
export const KILL_TIMEOUT_MS = 10_000;

/** A shell script that ends every process whose environment carries this cookie; `cookie` is a UUID. */
export function killScript(cookie: string): string {
  return `for p in /proc/[0-9]*; do
    tr '\\0' '\\n' < "$p/environ" 2>/dev/null | grep -qx '${EXEC_COOKIE}=${cookie}' && kill -9 "\${p#/proc/}"
  done`;
}

/** The `TIMEOUT` of a program that did not end within so many milliseconds. */
export function timeoutFault(argv: readonly string[], ms: number): Fault {
  return new Fault('TIMEOUT', `\`${shellJoin(argv).slice(0, 200)}\` did not end within ${ms / 1000} s`, {
    hint: 'Give the step a longer `timeout:`, or find out what it waits for with --on-error keep.',
  });
}
