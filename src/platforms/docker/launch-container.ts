import { Fault } from '../../core/fault.ts';
import type { Scope } from '../../core/scope.ts';
import type { InstanceSpec, Launched } from '../launcher.ts';
import { createContainer } from './create-container.ts';
import { ask, type Engine } from './engine.ts';
import { deliver, openStdin } from './instance-delivery.ts';
import { HANDED_OVER } from './instance-entry.ts';
import { makeNetworks } from './instance-networks.ts';
import { instanceOptions } from './instance-options.ts';
import { machineOf } from './machine.ts';
import { readInstance } from './read-instance.ts';
import { type Readiness, waitUntilReady } from './wait-until-ready.ts';

/**
 * Starts a container of an image, by its id, on its environment's waiting network, and hands it its delivery by standard
 * input before its init runs.
 */
export async function launchContainer(
  engine: Engine,
  spec: InstanceSpec,
  scope: Scope,
  signal: AbortSignal,
): Promise<Launched> {
  const { environment, template, slot, launch, image } = spec;
  const options = await instanceOptions(engine, spec, signal);
  const networks = await makeNetworks(engine, environment, scope, signal);
  const name = `kiln-${environment}-${template}-${slot}-${launch}`;
  const { container, remove, keep } = await createContainer(engine, { name, ...options }, scope, signal);

  using stdin = await openStdin(container, signal);
  await ask(`start the container ${name}`, signal, () => container.start()).catch((error: unknown) => {
    throw withoutShell(error, image);
  });
  await deliver(spec.delivery(), stdin, signal);
  const machine = await machineOf(engine, container, spec.init, remove, signal);
  await waitUntilReady(machine, container, readiness(spec), signal);

  const now = await readInstance(engine, container.id, signal);
  if (now === undefined) throw new Fault('MACHINE_LOST', `${name} was removed while it was launched`);
  return {
    instance: now.instance,
    keep() {
      keep();
      networks.keep();
    },
  };
}

/** Checks decide whether it works; here it has to have its data, and to answer. */
function readiness({ init, image }: InstanceSpec): Readiness {
  const answers =
    'case $(systemctl is-system-running 2>/dev/null) in starting|running|degraded) true ;; *) false ;; esac';
  return {
    condition: init === 'systemd' ? answers : HANDED_OVER,
    failure: `the instance of ${image} did not come up`,
    hint: 'What it said is above; `launch` starts it again.',
  };
}

function withoutShell(error: unknown, image: string): unknown {
  const said = error instanceof Fault ? error.details.join('\n') : '';
  if (!/"sh": executable file not found/.test(said)) return error;
  return new Fault('TOOL_MISSING', `${image} has no shell, by which an instance takes its data`, {
    hint: 'Include `sh`, `tar` and `timeout` in the image, as every Debian has.',
    cause: error,
  });
}
