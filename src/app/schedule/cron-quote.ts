import { shellJoin } from '../../core/shell-quote.ts';

/**
 * Words for the shell in a line of a crontab. cron ends the command at a `%` without a backslash and takes that
 * backslash away; some crons also make one backslash of two, so that no other stands before a `%` or a backslash.
 */
export function cronJoin(words: readonly string[]): string {
  return (
    shellJoin(words)
      // within single quotes, where alone such a backslash can be: they are closed and opened again
      .replaceAll(/\\(?=[\\%])/g, `\\''`)
      .replaceAll('%', '\\%')
  );
}
