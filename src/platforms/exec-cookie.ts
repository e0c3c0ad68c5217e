import { Fault } from '../core/fault.ts';
import { shellJoin } from '../core/shell-quote.ts';

/** The variable by which a program and all its children are known, whatever became of their parents. */
export const EXEC_COOKIE = 'KILN_EXEC';

/** Milliseconds: what hangs must not keep a cancelled bake from ending. */
export const KILL_TIMEOUT_MS = 10_000;

/**
 * A shell script that ends every process whose environment carries this cookie; `cookie` is a UUID. By one `grep` for
 * all of them, as hundreds of programs take long under emulation; a grep that does not know `-z` looks at each.
 */
export function killScript(cookie: string): string {
  const mark = `${EXEC_COOKIE}=${cookie}`;
  return `if printf 'a\\0b\\0' | grep -qxz b 2>/dev/null; then
    for round in 1 2 3; do
      found=$(grep -lsxzF '${mark}' /proc/[0-9]*/environ) || [ -n "$found" ] || break
      for p in $found; do p=\${p#/proc/}; kill -9 "\${p%/environ}"; done
    done
  else
    for p in /proc/[0-9]*; do
      tr '\\0' '\\n' < "$p/environ" 2>/dev/null | grep -qx '${mark}' && kill -9 "\${p#/proc/}"
    done
  fi`;
}

/** The `TIMEOUT` of a program that did not end within so many milliseconds. */
export function timeoutFault(argv: readonly string[], ms: number): Fault {
  return new Fault('TIMEOUT', `\`${shellJoin(argv).slice(0, 200)}\` did not end within ${ms / 1000} s`, {
    hint: 'Give the step a longer `timeout:`, or find out what it waits for with --on-error keep.',
  });
}
