import type Docker from 'dockerode';
import { Fault } from '../../core/fault.ts';
import type { InstanceSpec } from '../launcher.ts';
import { ask, type Engine, statusOf } from './engine.ts';
import { COMMAND_ENTRY, DELIVERY_MOUNTS, SYSTEMD_ENTRY } from './instance-entry.ts';
import { labelsOf } from './instance-labels.ts';
import { networksOf } from './instance-networks.ts';
import { systemdContainer } from './systemd.ts';

const LONGEST_HOSTNAME = 63;

/** How an instance's container is created, all but its name; `FORM_MISSING` when the engine has not its image. */
export async function instanceOptions(engine: Engine, spec: InstanceSpec, signal: AbortSignal) {
  const run = await runOptions(engine, spec, signal);
  return { ...commonOptions(spec), ...run, HostConfig: { ...run.HostConfig, ...hostOptions(spec) } };
}

function commonOptions(spec: InstanceSpec) {
  return {
    Image: spec.form,
    Hostname: `${spec.template}-${spec.slot}`.slice(0, LONGEST_HOSTNAME),
    Labels: labelsOf(spec),
    ExposedPorts: Object.fromEntries(spec.publish.map((port) => [portKey(port), {}])),
    AttachStdin: true,
    OpenStdin: true,
    StdinOnce: true,
  };
}

/** Nothing restarts it: it would have no data. */
function hostOptions({ environment, publish }: InstanceSpec) {
  const bindingsOf = (key: string) =>
    publish
      .filter((port) => portKey(port) === key)
      .map(({ host = '', hostPort }) => ({ HostIp: host, HostPort: String(hostPort) }));
  return {
    NetworkMode: networksOf(environment).waiting,
    PortBindings: Object.fromEntries(publish.map(portKey).map((key) => [key, bindingsOf(key)])),
    RestartPolicy: { Name: 'no' },
  };
}

function portKey({ port, protocol }: InstanceSpec['publish'][number]): string {
  return `${port}/${protocol}`;
}

/** With systemd as for a bake's machine; else all as the image says, behind the entry. */
async function runOptions(
  engine: Engine,
  { init, form, image, template }: InstanceSpec,
  signal: AbortSignal,
) {
  const { Config } = await inspectImage(engine, form, image, template, signal);
  if (init === 'systemd') return systemdContainer(SYSTEMD_ENTRY);
  const command = [Config.Entrypoint ?? [], Config.Cmd ?? []].flat();
  if (command.length === 0) {
    throw new Fault('CONFIG_INVALID', `${image} has no command to run`, {
      hint: `Give ${template} a \`container: { command: [...] }\` and bake it again.`,
    });
  }
  return {
    Entrypoint: ['sh', '-c', COMMAND_ENTRY, 'sh'],
    Cmd: command,
    HostConfig: { Tmpfs: DELIVERY_MOUNTS },
  };
}

async function inspectImage(
  engine: Engine,
  form: string,
  image: string,
  template: string,
  signal: AbortSignal,
): Promise<Docker.ImageInspectInfo> {
  const found = await ask(`inspect the image ${form}`, signal, async () => {
    try {
      return await engine.docker.getImage(form).inspect();
    } catch (error) {
      if (statusOf(error) === 404) return undefined;
      throw error;
    }
  });
  if (found !== undefined) return found;
  throw new Fault('FORM_MISSING', `${image} is not in the Docker engine: it has no image ${form}`, {
    hint: `Bake it again: \`bake image ${template}\`.`,
  });
}
