import { join } from 'node:path';
import { Fault } from '../../core/fault.ts';
import { shellQuote } from '../../core/shell-quote.ts';
import { cronJoin } from './cron-quote.ts';
import { nightlyCommand } from './nightly-command.ts';
import type { HostNightly, Schedule } from './schedule.ts';
import { cronTime } from './time-of-day.ts';
import { fileText } from './yaml-quote.ts';

/** How long a command may be: `MAX_COMMAND` of Vixie's cron, which Debian has, less the end of the text. */
const MAX_COMMAND = 998;

/** One line of a user's crontab. Its output goes to a log, so that cron has something to mail only after a failure. */
export function cronSchedule(nightly: HostNightly): Schedule {
  const { name, at } = nightly;
  const command = commandOf(nightly);
  if (Buffer.byteLength(command) > MAX_COMMAND) {
    throw new Fault('USAGE', `the command is longer than the ${MAX_COMMAND} bytes that cron takes`, {
      hint: 'The paths in it are long: use `bake schedule systemd`, or a link with a shorter name.',
    });
  }
  const file = `${name}.cron`;
  const text = fileText([`${cronTime(at)} ${command}`]);
  return {
    kind: 'cron',
    files: [{ name: file, text }],
    install: (folder) => [`(crontab -l 2>/dev/null; cat ${shellQuote(join(folder, file))}) | crontab -`],
  };
}

/** `r` is the folder of reports: the command may be no longer than it must. */
function commandOf(nightly: HostNightly): string {
  const { workspace, reports, name, environment, engine, root } = nightly;
  const variables = Object.entries(environment).map(([key, value]) => `${key}=${value}`);
  const exported = variables.length === 0 ? '' : `${cronJoin(['export', ...variables])}; `;
  // one that cannot be started is what the bake says then
  const started = engine === undefined || !root ? '' : `${cronJoin([engine, 'start'])}; `;
  const bake = `${cronJoin(nightlyCommand(nightly))} "$r/${name}"`;
  return [
    `r=${cronJoin([reports])}; mkdir -p "$r"`,
    cronJoin(['cd', workspace]),
    `{ ${exported}${started}${bake}; } >>"$r/${name}.log" 2>&1 || printf '\\%s\\n' "${name} failed, see $r/${name}.log"`,
  ].join(' && ');
}
