import type { Scope } from '../../core/scope.ts';
import type { Machine, MachineSpec } from '../platform.ts';
import { BAKE_LABEL, createContainer } from './create-container.ts';
import { ask, type Engine } from './engine.ts';
import { machineOf } from './machine.ts';
import { EXEC_SYSTEMD, PREPARE_FOR_SYSTEMD, systemdContainer } from './systemd.ts';
import { type Readiness, waitUntilReady } from './wait-until-ready.ts';

const BOOTED: Readiness = {
  // systemd answers on its bus only some tenths of a second after it started
  condition: `case $(systemctl is-system-running 2>/dev/null) in running|degraded) true ;; *) false ;; esac`,
  otherwise: 'systemctl list-jobs --no-pager',
  failure: 'systemd did not come up in the machine',
  hint: 'A template with `init: systemd` needs a base that includes systemd-sysv and dbus.',
};

/** Nothing but process 1, for a machine without an init of its own. */
const IDLE_ENTRY = 'exec sleep 2147483647';

/**
 * Starts a clean container from an image of the engine and waits until it takes commands; the scope
 * removes it.
 */
export async function startContainer(
  engine: Engine,
  spec: MachineSpec,
  scope: Scope,
  signal: AbortSignal,
): Promise<Machine> {
  const name = `kiln-${spec.template}-${spec.bake}-${spec.purpose}`;
  const options = { name, ...containerOptions(spec) };
  const { container, remove } = await createContainer(engine, options, scope, signal);
  await ask(`start the container ${name}`, signal, () => container.start());
  const machine = await machineOf(engine, container, spec.init, remove, signal);
  if (spec.init === 'systemd') await waitUntilReady(machine, container, BOOTED, signal);
  return machine;
}

function containerOptions(spec: MachineSpec) {
  const common = {
    Image: spec.base,
    // Every machine has the same name, so that nothing in the tree depends on which one it was.
    Hostname: 'kiln',
    Labels: { [BAKE_LABEL]: spec.bake, 'kiln.template': spec.template },
    AttachStdin: false,
    OpenStdin: false,
  };
  if (spec.init === 'systemd')
    return { ...common, ...systemdContainer(`${PREPARE_FOR_SYSTEMD}; ${EXEC_SYSTEMD}`) };
  const hostConfig = { HostConfig: { Tmpfs: { '/run/kiln': 'exec' } } };
  if (spec.asImage) return { ...common, ...hostConfig };
  return {
    ...common,
    ...hostConfig,
    Entrypoint: ['sh', '-c', IDLE_ENTRY],
    Cmd: [],
    User: '0:0',
    StopSignal: 'SIGKILL',
  };
}
