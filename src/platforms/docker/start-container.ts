import type Docker from 'dockerode';
import { Fault } from '../../core/fault.ts';
import type { Scope } from '../../core/scope.ts';
import type { Machine, MachineSpec } from '../platform.ts';
import { BAKE_LABEL, createContainer } from './create-container.ts';
import { ask, type Engine } from './engine.ts';
import { machineOf } from './machine.ts';

const READY_TIMEOUT_MS = 60_000;

/**
 * systemd as process 1 on cgroup v1 and v2, with and without AppArmor: the cgroup tree is made writable where it
 * is mounted read-only, and mounts are shared, without which `LoadCredential=` gives every service an empty folder.
 */
const SYSTEMD_ENTRY =
  'mount -o remount,rw /sys/fs/cgroup 2>/dev/null; mount --make-rshared /; exec /lib/systemd/systemd';

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
  await waitUntilReady(machine, container, signal);
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
  if (spec.init === 'systemd') {
    return {
      ...common,
      Entrypoint: ['sh', '-c', SYSTEMD_ENTRY],
      Cmd: [],
      User: '0:0',
      Env: ['container=docker'],
      StopSignal: 'SIGRTMIN+3',
      HostConfig: {
        CapAdd: ['SYS_ADMIN'],
        SecurityOpt: ['seccomp=unconfined', 'apparmor=unconfined'],
        CgroupnsMode: 'private' as const,
        Tmpfs: { '/run': 'exec', '/run/lock': '' },
      },
    };
  }
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

async function waitUntilReady(
  machine: Machine,
  container: Docker.Container,
  signal: AbortSignal,
): Promise<void> {
  if (machine.init === 'none') return;
  // One exec that waits inside: systemd answers on its bus only some tenths of a second after it started.
  const script = `n=0; while [ $n -lt ${READY_TIMEOUT_MS / 100} ]; do
    s=$(systemctl is-system-running 2>/dev/null) || true
    case $s in running|degraded) exit 0 ;; esac
    n=$((n+1)); sleep 0.1
  done; systemctl list-jobs --no-pager; exit 1`;
  const ready = await machine
    .exec(['sh', '-c', script], { signal, timeout: READY_TIMEOUT_MS + 10_000 })
    .catch((error: unknown) => ({ exitCode: 1, stdout: '', stderr: '', error }));
  if (ready.exitCode === 0) return;
  signal.throwIfAborted();
  if ('error' in ready && ready.error instanceof Fault && ready.error.code === 'ENGINE_UNREACHABLE')
    throw ready.error;
  const [state, log] = await Promise.all([
    container
      .inspect()
      .then(({ State }) => State)
      .catch(() => undefined),
    container.logs({ stdout: true, stderr: true, tail: 15 }).catch(() => Buffer.alloc(0)),
  ]);
  const message =
    state?.Running === false
      ? `systemd did not come up in the machine: it ended with exit code ${state.ExitCode}`
      : `systemd did not come up in the machine within ${READY_TIMEOUT_MS / 1000} s`;
  throw new Fault('MACHINE_NOT_READY', message, {
    details: [...ready.stdout.split('\n'), ...printable(log).split('\n')].filter(
      (line) => line.trim() !== '',
    ),
    hint: 'A template with `init: systemd` needs a base that includes systemd-sysv and dbus.',
    // That the wait was cut short says nothing more when process 1 ended.
    ...('error' in ready && state?.Running !== false ? { cause: ready.error } : {}),
  });
}

/** A container's log without the frame headers that the engine puts between its pieces. */
function printable(log: Buffer): string {
  return log.toString('utf8').replace(/[^\n\x20-\x7e]+/g, '');
}
