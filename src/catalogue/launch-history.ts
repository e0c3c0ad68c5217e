import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Digest } from '../core/digest.ts';
import { Fault } from '../core/fault.ts';
import { operator } from '../core/operator.ts';
import { redact } from '../core/redaction.ts';
import { appendLine } from './append-line.ts';
import {
  LAUNCH_END_KIND,
  LAUNCH_KIND,
  type LaunchBegin,
  type LaunchEnd,
  type LaunchEntry,
  type LaunchLine,
  readLaunchLine,
} from './launch-entry.ts';
import { firstHealthy, imageBefore, lastHealthy, newestSecrets } from './launch-questions.ts';
import type { SecretsVersion } from './secrets-version.ts';

/** All launches of an environment, and how many lines of its file cannot be read. */
export interface ToldLaunches {
  /** Oldest first. */
  readonly launches: readonly LaunchEntry[];
  readonly damaged: number;
}

/** What was launched, where, by whom and why. Nothing in it is ever changed or removed. */
export interface LaunchHistory {
  /** Writes that a launch of one image begins, before anything is touched; `DISK_FULL`. */
  begin(entry: Omit<LaunchBegin, 'at' | 'by'>): Promise<{
    /** Writes what it came to. */
    end(result: Omit<LaunchEnd, 'at'>): Promise<void>;
  }>;
  read(environment: string): Promise<ToldLaunches>;
  /** All that something was ever launched in, sorted. */
  environments(): Promise<string[]>;
  /** The newest launch of the template that came out healthy. */
  lastHealthy(environment: string, template: string): Promise<LaunchEntry | undefined>;
  /** Whether these bytes were ever launched there and came out healthy. */
  wasHealthy(environment: string, digest: Digest): Promise<boolean>;
  /** Where a rollback leads: the launch of the image that ran healthily before the one that runs now. */
  previousHealthy(
    environment: string,
    template: string,
    current: Digest | undefined,
  ): Promise<LaunchEntry | undefined>;
  /** Of all launches there, whatever came of them; nothing when none had secrets. */
  newestSecrets(environment: string): Promise<SecretsVersion | undefined>;
}

const ENVIRONMENT_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

/** The history as files that only grow, `HOME/launches/ENVIRONMENT.jsonl`: one line when a launch begins, one when it ends. */
export function openLaunchHistory(home: string, now: () => Date = () => new Date()): LaunchHistory {
  const fileOf = (environment: string) => {
    if (ENVIRONMENT_NAME.test(environment)) return join(home, 'launches', `${environment}.jsonl`);
    throw new Fault('USAGE', `${JSON.stringify(environment)} is not the name of an environment`);
  };
  const read = async (environment: string) => tell(await textOf(fileOf(environment)));
  const launchesOf = async (environment: string) => (await read(environment)).launches;

  return {
    read,

    async environments() {
      const files = await readdir(join(home, 'launches')).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return [];
        throw error;
      });
      const names = files.flatMap((file) => /^(.+)\.jsonl$/.exec(file)?.[1] ?? []);
      return names.filter((name) => ENVIRONMENT_NAME.test(name)).sort();
    },

    async begin(entry) {
      const { environment, launch, template } = entry;
      const file = fileOf(environment);
      const append = (line: LaunchLine) => appendLine(file, JSON.stringify(line));
      const at = () => now().toISOString();
      await append({ kind: LAUNCH_KIND, ...redacted(entry), at: at(), by: operator() });
      return {
        end: (result) => append({ kind: LAUNCH_END_KIND, launch, template, ...redacted(result), at: at() }),
      };
    },

    async lastHealthy(environment, template) {
      return lastHealthy(await launchesOf(environment), template);
    },
    async wasHealthy(environment, digest) {
      return firstHealthy(await launchesOf(environment), digest) !== undefined;
    },
    async previousHealthy(environment, template, current) {
      return imageBefore(await launchesOf(environment), template, current);
    },
    async newestSecrets(environment) {
      return newestSecrets(await launchesOf(environment));
    },
  };
}

async function textOf(file: string): Promise<string> {
  return await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
}

/** Joins each end to its beginning. */
function tell(text: string): ToldLaunches {
  const launches: LaunchEntry[] = [];
  const underway = new Map<string, LaunchEntry>();
  let damaged = 0;
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const said = readLaunchLine(line);
    if (said === undefined) {
      damaged++;
    } else if (said.kind === LAUNCH_KIND) {
      const entry = unfinished(said);
      launches.push(entry);
      underway.set(`${said.launch} ${said.template}`, entry);
    } else {
      const entry = underway.get(`${said.launch} ${said.template}`);
      // Without one its beginning is damaged, and was counted there.
      if (entry !== undefined) finish(entry, said);
    }
  }
  return { launches, damaged };
}

type Growing = { -readonly [K in keyof LaunchEntry]: LaunchEntry[K] };

/** The line itself becomes the entry: a copy of each would take as long as all the reading. */
function unfinished(line: LaunchBegin): LaunchEntry {
  const entry = line as Growing;
  entry.result = 'unfinished';
  entry.instances = [];
  return entry;
}

function finish(entry: Growing, { at, result, ms, instances, code, message }: LaunchEnd): void {
  entry.ended = at;
  entry.result = result;
  entry.ms = ms;
  entry.instances = instances;
  if (code !== undefined) entry.code = code;
  if (message !== undefined) entry.message = message;
}

/** What people and programs wrote freely, without any secret; names and digests stay what they are. */
function redacted<T extends Partial<Pick<LaunchBegin & LaunchEnd, 'reason' | 'overridden' | 'message'>>>(
  entry: T,
): T {
  const { reason, overridden, message } = entry;
  return {
    ...entry,
    ...(reason === undefined ? {} : { reason: redact(reason) }),
    ...(overridden === undefined ? {} : { overridden: overridden.map(redact) }),
    ...(message === undefined ? {} : { message: redact(message) }),
  };
}
