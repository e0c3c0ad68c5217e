/** What a crontab's line has the shell do, and what that reads on stdin. */
export interface CronEntry {
  readonly schedule: string;
  readonly command: string;
  readonly stdin: string;
}

/**
 * Reads a line as cron does: five fields, then the command up to a `%` that has no backslash before it; the rest is what
 * it reads. `\%` is `%`. `collapsing` also makes one backslash of two, as Vixie's cron did and cronie does not.
 */
export function readCronLine(line: string, collapsing: boolean): CronEntry {
  const [, schedule = '', rest = ''] = /^((?:\S+ ){4}\S+) (.*)$/s.exec(line) ?? [];
  let command = '';
  for (let at = 0; at < rest.length; at++) {
    const [here, next] = [rest[at], rest[at + 1]];
    if (here === '%') return { schedule, command, stdin: rest.slice(at + 1) };
    if (here === '\\' && next !== undefined) {
      const drops = next === '%' || (collapsing && next === '\\');
      command += drops ? next : here + next;
      at++;
    } else command += here;
  }
  return { schedule, command, stdin: '' };
}
