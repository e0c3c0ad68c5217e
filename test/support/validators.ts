import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const FOLDER = resolve(import.meta.dirname, '../validators/node_modules');

/** Why workflows, pipelines and CronJobs cannot be read by what others read them with; false when they can. */
export const noValidators = missing(
  join(FOLDER, '.installed-lock'),
  'the validators are not installed (make setup-test)',
);

/** Why units cannot be read by systemd; false when they can. */
export const noSystemd = missing(
  '/usr/bin/systemd-analyze',
  'there is no systemd-analyze (apt-get install systemd)',
);

/** Why lines cannot be read by cron, which set-up installs in CI only; false when they can. */
export const noCron = missing(
  '/usr/bin/crontab',
  'there is no crontab (apt-get install cron)',
  Boolean(process.env['CI']),
);

/** Throws the reason instead when `REQUIRE=validators` says that it must be there. */
function missing(path: string, reason: string, installed = true): string | false {
  if (existsSync(path)) return false;
  const required = (process.env['REQUIRE'] ?? '').split(/[\s,]+/).includes('validators');
  if (required && installed) throw new Error(`REQUIRE names validators, but ${reason}`);
  return reason;
}

/** A file of an installed validator. */
export function validatorFile(path: string): string {
  return join(FOLDER, path);
}

/** Loads a module of an installed validator. */
export async function importValidator(path: string): Promise<unknown> {
  return await import(pathToFileURL(validatorFile(path)).href);
}
