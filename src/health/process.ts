import { shellQuote } from '../core/shell-quote.ts';
import type { ProcessCheck } from './checks.ts';
import { fromRecord, type Kind } from './kind.ts';

/** The kernel keeps 15 bytes of a program's name (TASK_COMM_LEN less the final NUL). */
const COMM_BYTES = 15;

/**
 * Processes by their comm, as goss does, or by the last part of the path they were started by.
 *
 * The second finds what comm cuts or a program renames. Lines of the fact: `c NAME` and `a ARGV0`.
 */
export const process: Kind<ProcessCheck> = {
  name: 'process',
  attributes: { running: 'value' },
  required: 'running',
  works: 'running',
  subject: (id, check) => check.comm ?? id,
  ask(entries) {
    const wanted = entries.map(({ subject }) => `*${shellQuote(subject)}*`).join('|');
    // A read drops the NULs of cmdline, so the line only says where a second, exact look is worth a process.
    const script = `for p in /proc/[0-9]*; do
  comm=; { read -r comm <"$p/comm"; } 2>/dev/null
  [ -n "$comm" ] && [ "$p" != "/proc/$$" ] || continue
  printf 'c %s\\n' "$comm"
  line=; { read -r line <"$p/cmdline"; } 2>/dev/null
  case $line in ${wanted})
    printf 'a '; { tr '\\000\\n' '\\n ' <"$p/cmdline"; } 2>/dev/null | head -n 1; echo ;;
  esac
done`;
    return [{ key: 'processes', script, first: true }];
  },
  see(entry, facts) {
    const lines = (facts.get('processes') ?? '').split('\n');
    const comm = cutToBytes(entry.subject, COMM_BYTES);
    const isOwn = comm === entry.subject;
    const running = lines.some((line) => {
      if (line.startsWith('c ')) return isOwn && line.slice(2) === comm;
      return (
        line.startsWith('a ') &&
        (line.slice(2).split('/').at(-1) === entry.subject || line.slice(2) === entry.subject)
      );
    });
    return fromRecord({ running });
  },
};

function cutToBytes(text: string, bytes: number): string {
  return Buffer.from(text).subarray(0, bytes).toString();
}
