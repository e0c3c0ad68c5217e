import { together } from '../../core/together.ts';
import { peekSecrets } from '../../secrets/open-secrets.ts';
import { type Change, changes } from './changes.ts';
import { type ImageChange, imageChange } from './image-change.ts';
import { type OpenedEnvironment, openEnvironment } from './open-environment.ts';
import { secretsTargetOf } from './secrets-target.ts';

/** What differs between two environments. */
export interface EnvironmentDiff {
  readonly before: string;
  readonly after: string;
  readonly same: boolean;
  /** Of the environments themselves; times in milliseconds. */
  readonly settings: readonly Change[];
  /** Images of either, sorted, those that do not differ too. */
  readonly images: readonly ImageChange[];
  /** Names only. */
  readonly secrets: {
    readonly both: readonly string[];
    readonly before: readonly string[];
    readonly after: readonly string[];
  };
}

export interface DiffRequest {
  /** The workspace's folder, or one in it. */
  readonly workspace: string;
  readonly before: string;
  readonly after: string;
  /** A folder of environments that comes before those of the workspace file. */
  readonly environments?: string | undefined;
}

/** Compares two environments; `DATA_INVALID` when the data of one cannot be looked up, `SECRETS_INVALID` as peekSecrets. */
export async function diffEnvironments(
  { workspace, before, after, environments }: DiffRequest,
  signal: AbortSignal,
): Promise<EnvironmentDiff> {
  const [old, now] = [
    await openEnvironment(workspace, before, { environments }, signal),
    await openEnvironment(workspace, after, { environments }, signal),
  ];
  const templates = [
    ...new Set([...Object.keys(old.config.images), ...Object.keys(now.config.images)]),
  ].sort();
  const images: ImageChange[] = [];
  for (const template of templates) images.push(await imageChange(template, old, now, signal));
  const [olds, nows] = await together(signal, [
    (both) => secretNames(old, both),
    (both) => secretNames(now, both),
  ]);
  const settings = changes(environmentSettings(old), environmentSettings(now));
  const secrets = {
    both: [...olds].filter((name) => nows.has(name)).sort(),
    before: [...olds].filter((name) => !nows.has(name)).sort(),
    after: [...nows].filter((name) => !olds.has(name)).sort(),
  };
  const same =
    settings.length + secrets.before.length + secrets.after.length === 0 &&
    images.every((image) => image.only === undefined && image.settings.length + image.data.length === 0);
  return { before, after, same, settings, images, secrets };
}

function environmentSettings({ config }: OpenedEnvironment): ReadonlyMap<string, unknown> {
  const { images: _, ...settings } = config;
  return new Map(Object.entries(settings));
}

async function secretNames(
  environment: OpenedEnvironment,
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  return new Set((await peekSecrets(secretsTargetOf(environment), signal))?.names.keys());
}
