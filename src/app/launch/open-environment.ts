import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { assertValid } from '../../config/assert-valid.ts';
import { absentHint } from '../../config/check-after.ts';
import type { EnvironmentConfig } from '../../config/environment.ts';
import { type Environments, loadEnvironments } from '../../config/environments.ts';
import { findWorkspace } from '../../config/find-workspace.ts';
import type { Hierarchy } from '../../config/hierarchy.ts';
import { suggestion } from '../../config/nearest.ts';
import { short } from '../../config/printable.ts';
import { nameProblem } from '../../config/text.ts';
import { capitalized } from '../../core/capitalized.ts';
import { Fault } from '../../core/fault.ts';

/** An environment that can be launched in: neither its files nor those it rests on have a problem. */
export interface OpenedEnvironment {
  /** The workspace's. */
  readonly root: string;
  readonly name: string;
  readonly config: EnvironmentConfig;
  /** Absolute. */
  readonly folder: string;
  /** Absolute; it need not be there. */
  readonly secretsFile: string;
  /** The same as people are shown it. */
  readonly shownSecretsFile: string;
  readonly hierarchy: Hierarchy;
  /** All of the workspace. */
  readonly environments: Environments;
}

export interface OpenEnvironmentOptions {
  /** A folder of environments that comes before those of kiln.yaml; relative to the working directory. */
  readonly environments?: string | undefined;
}

/**
 * Opens an environment of the workspace that a folder is in. No template is read. Throws ENVIRONMENT_UNKNOWN, and
 * CONFIG_INVALID with all problems of what it rests on: kiln.yaml, hiera.yaml, its file and those that it comes after.
 */
export async function openEnvironment(
  workspaceFolder: string,
  name: string,
  { environments: first }: OpenEnvironmentOptions,
  signal: AbortSignal,
): Promise<OpenedEnvironment> {
  const root = await findWorkspace(workspaceFolder);
  const environments = await loadEnvironments(root, { first }, signal);
  if (!environments.names.includes(name)) throw await unknown(name, environments);
  assertValid(environments.problemsOf(name));
  const environment = environments.environments.get(name);
  if (environment === undefined) throw new Error(`${name} is not valid, but has no problem`);
  const { config, folder, secretsFile, shown } = environment;
  return {
    root,
    name,
    config,
    folder,
    secretsFile,
    shownSecretsFile: `${shown}/secrets.yaml`,
    hierarchy: environments.hierarchyOf(name),
    environments,
  };
}

async function unknown(name: string, environments: Environments): Promise<Fault> {
  const bare = await folderWithoutFile(name, environments);
  if (bare !== undefined) {
    return new Fault('ENVIRONMENT_UNKNOWN', `${bare} is no environment: it has no environment.yaml`, {
      hint: `Write ${bare}/environment.yaml; \`platform: docker\` is the least it says.`,
    });
  }
  const { names, absent } = environments;
  const hint =
    suggestion(name, names, 'the environments are') ?? 'write environments/NAME/environment.yaml first';
  const elsewhere = absentHint(absent);
  return new Fault('ENVIRONMENT_UNKNOWN', `there is no environment \`${short(name)}\``, {
    hint: capitalized(hint),
    details: elsewhere === undefined ? [] : [elsewhere],
  });
}

/** A folder of that name, which lacks the file that would make it an environment. */
async function folderWithoutFile(name: string, { folders }: Environments): Promise<string | undefined> {
  if (nameProblem(name) !== undefined) return undefined;
  for (const { path, shown } of folders) {
    const isFolder = await stat(join(path, name)).then(
      (found) => found.isDirectory(),
      () => false,
    );
    if (isFolder) return `${shown}${name}`;
  }
  return undefined;
}
