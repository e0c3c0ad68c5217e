import type { LaunchHistory } from '../../catalogue/launch-history.ts';
import { mayStillRunOn } from '../../catalogue/launch-questions.ts';
import { type EnvironmentConfig, platformOf } from '../../config/environment.ts';
import { loadEnvironments } from '../../config/environments.ts';
import { findWorkspace } from '../../config/find-workspace.ts';
import { Fault } from '../../core/fault.ts';
import type { PlatformName } from '../../platforms/platform.ts';

/** Where environments are declared. */
export interface LaunchPlace {
  /** The workspace's folder, or one in it. */
  readonly workspace: string;
  /** A folder of environments that comes before those of the workspace file. */
  readonly environments?: string | undefined;
}

/**
 * Whether a platform may run something of an environment, or of any when none is named: one that is declared says that
 * it runs there, or cannot be read, or the history knows of something that was launched there and not replaced or
 * stopped since. Asked only of a platform that cannot be asked itself.
 */
export async function mayRunOn(
  platform: PlatformName,
  environment: string | undefined,
  { workspace, environments: first, history }: LaunchPlace & { readonly history: LaunchHistory },
  signal: AbortSignal,
): Promise<boolean> {
  const declared = await declaredIn({ workspace, environments: first }, signal);
  const concerned = environment === undefined ? [...declared.keys()] : [environment];
  for (const name of concerned) {
    if (!declared.has(name)) continue;
    const config = declared.get(name);
    if (config === undefined || platformsOf(config).has(platform)) return true;
  }
  const told = environment === undefined ? await history.environments() : [environment];
  for (const name of told) {
    const { launches, damaged } = await history.read(name);
    if (damaged > 0 || mayStillRunOn(launches, platform)) return true;
  }
  return false;
}

/** All environments by name; nothing for one whose file is not valid. */
export async function declaredIn(
  { workspace, environments: first }: LaunchPlace,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, EnvironmentConfig | undefined>> {
  const root = await findWorkspace(workspace).catch((error: unknown) => {
    if (error instanceof Fault && error.code === 'WORKSPACE_NOT_FOUND') return undefined;
    throw error;
  });
  if (root === undefined) return new Map();
  const { names, environments } = await loadEnvironments(root, { first }, signal);
  return new Map(names.map((name) => [name, environments.get(name)?.config]));
}

function platformsOf(config: EnvironmentConfig): ReadonlySet<PlatformName> {
  const templates = Object.keys(config.images);
  if (templates.length === 0) return new Set([config.platform]);
  return new Set(templates.map((template) => platformOf(config, template)));
}
