import type { Digest } from '../core/digest.ts';
import type { SecretsVersion } from './secrets-version.ts';

/** The format of the line that a launch begins with, with its version. */
export const LAUNCH_KIND = 'kiln.launch/v1';
/** The format of the line that it ends with. */
export const LAUNCH_END_KIND = 'kiln.launch-end/v1';

const ACTIONS = ['launch', 'rollback', 'stop', 'replace'] as const;
const RESULTS = ['healthy', 'failed', 'interrupted', 'stopped'] as const;

/** `replace` is the same image anew, `rollback` the one before. */
export type LaunchAction = (typeof ACTIONS)[number];

/** What is known when a launch of one image begins. */
export interface LaunchBegin {
  /** The launch's id; with the template it names this entry. */
  readonly launch: string;
  /** ISO 8601, UTC. */
  readonly at: string;
  /** `alice@build-1` */
  readonly by: string;
  readonly environment: string;
  readonly action: LaunchAction;
  readonly template: string;
  /** `web@7` */
  readonly image: string;
  readonly digest: Digest;
  /** Where its instances run, `docker` or `qemu`; absent when they were stopped, and of older kilns, which knew docker alone. */
  readonly platform?: string;
  /** The image that ran there until then. */
  readonly previous?: string;
  /** What was said with `--override`. */
  readonly reason?: string;
  /** What was refused, and let pass for that reason. */
  readonly overridden?: readonly string[];
  /** Of the environment's file of secrets, where the image was given some. */
  readonly secrets?: SecretsVersion;
}

/** What a launch came to. */
export interface LaunchEnd {
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly result: (typeof RESULTS)[number];
  /** Of the fault that ended it. */
  readonly code?: string;
  readonly message?: string;
  readonly ms: number;
  /** The names of the instances that it made, or stopped. */
  readonly instances: readonly string[];
}

/** A launch as the history tells it; `unfinished` when it was killed, or is still at work. */
export interface LaunchEntry extends LaunchBegin {
  readonly result: LaunchEnd['result'] | 'unfinished';
  /** ISO 8601, UTC. */
  readonly ended?: string;
  readonly code?: string;
  readonly message?: string;
  readonly ms?: number;
  readonly instances: readonly string[];
}

/** One line of a history. */
export type LaunchLine =
  | (LaunchBegin & { readonly kind: typeof LAUNCH_KIND })
  | (LaunchEnd & {
      readonly kind: typeof LAUNCH_END_KIND;
      readonly launch: string;
      readonly template: string;
    });

/** Reads one line; nothing when it is damaged, or of a format that this kiln does not know. */
export function readLaunchLine(text: string): LaunchLine | undefined {
  let value: Fields | null;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const holds =
    value?.['kind'] === LAUNCH_KIND ? isBegin : value?.['kind'] === LAUNCH_END_KIND ? isEnd : isNone;
  return holds(value ?? {}) ? (value as unknown as LaunchLine) : undefined;
}

type Fields = Readonly<Record<string, unknown>>;

const BEGIN_TEXTS = ['launch', 'at', 'by', 'environment', 'template', 'image', 'digest'];
const END_TEXTS = ['launch', 'template', 'at'];

function isBegin(value: Fields): boolean {
  const { action, platform, previous, reason, overridden, secrets } = value;
  return (
    haveText(value, BEGIN_TEXTS) &&
    ACTIONS.includes(action as LaunchAction) &&
    (platform === undefined || isText(platform)) &&
    (previous === undefined || isText(previous)) &&
    (reason === undefined || isText(reason)) &&
    (overridden === undefined || isTexts(overridden)) &&
    (secrets === undefined || isVersion(secrets))
  );
}

function isVersion(value: unknown): boolean {
  const { revision, modified } = (value ?? {}) as Partial<Record<string, unknown>>;
  return Number.isSafeInteger(revision) && (modified === undefined || isText(modified));
}

function isEnd(value: Fields): boolean {
  const { result, code, message, ms, instances } = value;
  return (
    haveText(value, END_TEXTS) &&
    RESULTS.includes(result as LaunchEnd['result']) &&
    (code === undefined || isText(code)) &&
    (message === undefined || isText(message)) &&
    typeof ms === 'number' &&
    isTexts(instances)
  );
}

function isNone(): boolean {
  return false;
}

function haveText(value: Fields, names: readonly string[]): boolean {
  for (const name of names) if (typeof value[name] !== 'string') return false;
  return true;
}

function isText(value: unknown): boolean {
  return typeof value === 'string';
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every(isText);
}
