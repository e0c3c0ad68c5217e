import type { Template } from '../config/template.ts';
import type { Digest } from '../core/digest.ts';
import type { RunConfig } from '../forms/oci/oci-store.ts';

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
export function exposed(port: string): string {
  return port.includes('/') ? port : `${port}/tcp`;
}
