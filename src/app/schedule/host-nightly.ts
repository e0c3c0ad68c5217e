import { dirname, isAbsolute, join, resolve } from 'node:path';
import { cacheHome, kilnHome } from '../../core/home.ts';
import { privateSocket } from '../../platforms/docker/find-engine.ts';
import { oneLine } from './one-line.ts';
import type { HostNightly, Nightly } from './schedule.ts';

/** What a schedule for this machine depends on besides the workspace. */
export interface ScheduleHost {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Node, its options and the program, as `bake` was started. */
  readonly program: readonly string[];
  readonly root: boolean;
  /** The user's home now, and the one that a service or cron would give them. */
  readonly home: string;
  readonly accountHome: string;
  /** The script that starts a private engine, where it is there. */
  readonly engine?: string;
}

const STANDARD_PATH = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

/** The night's work as this user would do it here by hand. USAGE for a path that fits on no line. */
export function hostNightly(nightly: Nightly, host: ScheduleHost): HostNightly {
  const { program, root, home, engine } = host;
  const environment = environmentOf(host);
  for (const [name, value] of Object.entries(environment)) oneLine(name, value);
  return {
    ...nightly,
    program: program.map((word) => oneLine('the program', word)),
    environment,
    reports: join(oneLine('KILN_HOME', kilnHome(host.env)), 'reports'),
    root,
    home: oneLine('HOME', home),
    ...(engine === undefined || environment['DOCKER_HOST'] !== undefined
      ? {}
      : { engine: oneLine('the engine', engine) }),
  };
}

/** Only what a service or cron would not have by itself, and no secret: these files can be read by others. */
function environmentOf({ env, program, root, home, accountHome }: ScheduleHost): Record<string, string> {
  const { DOCKER_HOST: engine, SOPS_AGE_KEY_FILE: keys, XDG_CONFIG_HOME: config } = env;
  const node = dirname(program[0] ?? '');
  return {
    PATH: [...(STANDARD_PATH.includes(node) ? [] : [node]), ...STANDARD_PATH].join(':'),
    // a service of the system's has none
    ...(root || home !== accountHome ? { HOME: home } : {}),
    ...(kilnHome(env) === join(home, '.local/share/kiln') ? {} : { KILN_HOME: kilnHome(env) }),
    ...(cacheHome(env) === join(home, '.cache/kiln') ? {} : { XDG_CACHE_HOME: dirname(cacheHome(env)) }),
    ...(config && isAbsolute(config) ? { XDG_CONFIG_HOME: config } : {}),
    ...(keys ? { SOPS_AGE_KEY_FILE: resolve(keys) } : {}),
    // the private one is found by itself, and started when it does not run; one that is named is not
    ...(engine && engine !== `unix://${privateSocket(env)}` ? { DOCKER_HOST: engine } : {}),
  };
}
