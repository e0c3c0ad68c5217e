import { join } from 'node:path';
import type { BaseContext } from '../bases/base-context.ts';
import { openFileCatalogue } from '../catalogue/file-store.ts';
import type { Catalogue } from '../catalogue/store.ts';
import type { Template } from '../config/template.ts';
import type { Digest } from '../core/digest.ts';
import type { StageLog } from '../core/events.ts';
import { cacheHome, kilnHome } from '../core/home.ts';
import type { Scope } from '../core/scope.ts';
import { type OciForm, ociForm } from '../forms/oci/oci-form.ts';
import type { RunConfig } from '../forms/oci/oci-store.ts';
import { openDocker } from '../platforms/registry.ts';

/** Everything outside this process that a bake works with. */
export interface BakeryPorts {
  readonly docker: Awaited<ReturnType<typeof openDocker>>;
  readonly catalogue: Catalogue;
  readonly oci: (bake: string) => OciForm;
  /** A folder for large temporary files. */
  readonly work: string;
  /** The folder of cached bases. */
  readonly cache: string;
}

/** Connects to the engine and opens the catalogue; `ENGINE_UNREACHABLE` when there is no engine. */
export async function openBakery(signal: AbortSignal): Promise<BakeryPorts> {
  const docker = await openDocker(signal);
  return {
    docker,
    catalogue: openFileCatalogue(kilnHome()),
    oci: (bake) => ociForm(docker.images, bake),
    work: join(kilnHome(), 'work'),
    cache: join(cacheHome(), 'bases'),
  };
}

export function baseContext(
  { docker, work, cache, id }: BakeryPorts & { readonly id: string },
  scope: Scope,
  log: StageLog,
  signal: AbortSignal,
): BaseContext {
  return { bake: id, images: docker.images, work, cache, scope, log, signal };
}

/** How a container of the image is run: what the base says, less what the template says otherwise. */
export function runConfig(base: RunConfig, template: Template, digest: Digest): RunConfig {
  const { init, command, workdir, env, ports } = template.container;
  const { Entrypoint: _entrypoint, Cmd: _cmd, User: _user, ...inherited } = base;
  const runsAs = imageUser(base, template.container);
  const given = Object.entries(env ?? {}).map(([name, value]) => `${name}=${value}`);
  const names = new Set(Object.keys(env ?? {}));
  const kept = (base.Env ?? []).filter((line) => !names.has(line.replace(/=.*/s, '')));
  return {
    ...inherited,
    ...(kept.length + given.length > 0 ? { Env: [...kept, ...given] } : {}),
    ...(init === 'systemd'
      ? { Cmd: ['/lib/systemd/systemd'], StopSignal: 'SIGRTMIN+3' }
      : { Cmd: command ?? [] }),
    ...(runsAs === undefined ? {} : { User: runsAs }),
    ...(workdir === undefined ? {} : { WorkingDir: workdir }),
    ...(ports === undefined
      ? {}
      : { ExposedPorts: Object.fromEntries(ports.map((port) => [exposed(port), {}])) }),
    Labels: { ...base.Labels, 'kiln.template': template.name, 'kiln.digest': digest },
  };
}

/** Who process 1 runs as: systemd as root, whatever user the base's own program had; nothing is root too. */
export function imageUser(
  { User }: RunConfig,
  { init, user }: Pick<Template['container'], 'init' | 'user'>,
): string | undefined {
  return user ?? (init === 'systemd' ? undefined : User);
}

/** `80` is `80/tcp` in an image config. */
function exposed(port: string): string {
  return port.includes('/') ? port : `${port}/tcp`;
}
