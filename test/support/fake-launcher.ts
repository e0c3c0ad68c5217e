import { Fault } from '../../src/core/fault.ts';
import type { Scope } from '../../src/core/scope.ts';
import type { TarInput, TarMember } from '../../src/core/tar/member.ts';
import { readTar } from '../../src/core/tar/reader.ts';
import { writeTar } from '../../src/core/tar/writer.ts';
import type { Checks } from '../../src/health/checks.ts';
import {
  type Instance,
  type InstanceSpec,
  type Launcher,
  type PublishedPort,
  platformFor,
} from '../../src/platforms/launcher.ts';
import type { ClosedMachine, Machine, PlatformName } from '../../src/platforms/platform.ts';
import { answering } from '../unit/health/fake-machine.ts';
import { type FaultInjection, faultInjection } from './fault-injection.ts';

export type LauncherMethod =
  | 'launch'
  | 'list'
  | 'publish'
  | 'withdraw'
  | 'remove'
  | 'enter'
  | 'readTree'
  | 'adopt';

/** The instance that a call is about; of `launch`, before it has made one, and of `list` there is none. */
export interface Subject {
  readonly instance: Instance | undefined;
  readonly spec: InstanceSpec | undefined;
}

/** Instances in memory, which a test can let end, fail and be looked into. Hooks see each call. */
export interface FakeLauncher extends Launcher, FaultInjection<LauncherMethod, Subject> {
  /** `publish kiln-prod-web-1-LAUNCH`, as each call began; of `launch` the name that it gives, of `list` the environment. */
  readonly calls: readonly string[];
  /** All that are there, in the order in which they were launched. */
  instances(): Instance[];
  /** It ends by itself. */
  end(instance: Pick<Instance, 'id'>): void;
  /** A program of the host takes a port, or gives it back. */
  occupy(port: number): void;
  free(port: number): void;
  /** From now on nothing answers, until it is mended; a restart ends all instances. */
  breakEngine(): void;
  mendEngine(restart?: 'restarted'): void;
  /** What was delivered, by path below `/run`. */
  delivered(instance: Pick<Instance, 'id'>): ReadonlyMap<string, string>;
  /** What its tree holds from now on. */
  setTree(instance: Pick<Instance, 'id'>, members: readonly TarInput[]): void;
}

export interface FakeLauncherOptions {
  /** Whether a running instance's `UP` holds, by round of being asked, from 1. */
  readonly healthy?: (instance: Instance, round: number) => boolean;
  /** Its machine as a whole, instead. */
  readonly machine?: (instance: Instance) => Machine;
  /** How it is seen from outside, where nobody can enter it. */
  readonly closed?: (instance: Instance) => ClosedMachine;
  /** The tree of every instance, unless it is set. */
  readonly tree?: readonly TarInput[];
  readonly now?: () => Date;
  /** `docker` unless it is said. */
  readonly platform?: PlatformName;
  /** Instances of other platforms on the same host, whose ports are taken too. */
  readonly beside?: () => readonly Instance[];
}

/** Checks that hold on a fake's machine when it is healthy. */
export const UP: Checks = { process: { app: { running: true } } };

interface Held {
  instance: Instance;
  readonly files: ReadonlyMap<string, string>;
  tree: readonly TarInput[];
}

/** A launcher without a platform. */
export function fakeLauncher(options: FakeLauncherOptions = {}): FakeLauncher {
  const { healthy = () => true, now = () => new Date(), tree = [], platform = 'docker' } = options;
  const { around, ...hooks } = faultInjection<LauncherMethod, Subject>();
  const held = new Map<string, Held>();
  const occupied = new Set<number>();
  const calls: string[] = [];
  let broken = false;
  let launched = 0;

  async function call<T>(
    method: LauncherMethod,
    { spec, instance, name }: Partial<Subject> & { readonly name: string },
    signal: AbortSignal,
    work: () => T | Promise<T>,
  ): Promise<T> {
    signal.throwIfAborted();
    calls.push(`${method} ${name}`.trim());
    return await around(method, { instance, spec }, async () => {
      signal.throwIfAborted();
      if (broken) throw new Fault('ENGINE_UNREACHABLE', `the engine went away: ${method} ${name}`);
      return await work();
    });
  }

  /** Once it has begun, an abort is heard when it is over. */
  async function toTheEnd(
    method: 'publish' | 'withdraw',
    instance: Instance,
    signal: AbortSignal,
    work: (instance: Instance) => void,
  ): Promise<void> {
    signal.throwIfAborted();
    const unaborted = new AbortController().signal;
    await call(method, { instance, name: instance.name }, unaborted, () => work(instance));
    signal.throwIfAborted();
  }

  const update = (id: string, change: Partial<Instance>) => {
    const found = held.get(id);
    if (found !== undefined) found.instance = { ...found.instance, ...change };
  };
  const assertEntered = ({ environment }: Instance) => {
    if (options.closed === undefined) return;
    throw new Fault('MACHINE_UNREACHABLE', `nothing says how instances of ${environment} are entered`);
  };
  const lost = (instance: Instance) => new Fault('MACHINE_LOST', `${instance.name} has ended`);

  async function launch(spec: InstanceSpec, scope: Scope, signal: AbortSignal) {
    const name = `kiln-${spec.environment}-${spec.template}-${spec.slot}-${spec.launch}`;
    return await call('launch', { spec, name }, signal, async () => {
      const { init: _init, delivery: _delivery, vm: _vm, ec2: _ec2, ...identity } = spec;
      if (platformFor(spec) !== platform) throw new Error(`${name} is none for ${platform}`);
      const id = `${platform}-${++launched}`;
      const remove = async () => void held.delete(id);
      const keep = scope.defer(`instance ${name}`, remove);
      const instance: Instance = {
        ...identity,
        id,
        name,
        platform,
        running: true,
        serving: false,
        startedAt: now().toISOString(),
        runs: spec.form,
      };
      const files = new Map<string, string>();
      held.set(id, { instance, files, tree });
      for await (const member of readTar(spec.delivery())) {
        signal.throwIfAborted();
        if (member.type === 'file') files.set(member.path, await textOf(member));
      }
      if (!files.has('kiln/environment.json')) {
        throw new Fault(
          'MACHINE_NOT_READY',
          `the instance of ${spec.image} did not come up: its data did not arrive`,
        );
      }
      return { instance, keep };
    });
  }

  function publish(instance: Instance): void {
    const found = held.get(instance.id)?.instance;
    if (found?.running !== true) throw lost(instance);
    if (found.serving) return;
    const own = [...held.values()].map((other) => other.instance);
    const others = [...own, ...(options.beside?.() ?? [])].filter(
      ({ id, serving }) => serving && id !== found.id,
    );
    for (const port of found.publish) {
      const owner = others.find((other) => other.publish.some((theirs) => samePort(theirs, port)));
      if (owner === undefined && !occupied.has(port.hostPort)) continue;
      const who = owner === undefined ? 'a program of the host has it' : `${owner.name} has it`;
      throw new Fault('PORT_TAKEN', `port ${port.hostPort} cannot be bound for ${found.name}: ${who}`);
    }
    update(found.id, { serving: true });
  }

  function machineOf(instance: Instance, files: ReadonlyMap<string, string>): Machine {
    const asked = answering((round) => ({ processes: healthy(instance, round) ? 'c app\n' : '' }), {
      init: 'systemd',
    });
    return {
      ...asked,
      id: instance.id,
      async exec(argv, execOptions) {
        if (held.get(instance.id)?.instance.running !== true) throw lost(instance);
        if (argv[0] !== 'cat') return await asked.exec(argv, execOptions);
        const text = files.get((argv[1] ?? '').replace(/^\/run\//, ''));
        return { exitCode: text === undefined ? 1 : 0, stdout: text ?? '', stderr: '' };
      },
    };
  }

  return {
    ...hooks,
    platform,
    calls,
    instances: () => [...held.values()].map(({ instance }) => instance),
    end: ({ id }) => update(id, { running: false, serving: false }),
    occupy: (port) => void occupied.add(port),
    free: (port) => void occupied.delete(port),
    breakEngine() {
      broken = true;
    },
    mendEngine(restart) {
      broken = false;
      if (restart !== undefined) for (const id of held.keys()) update(id, { running: false, serving: false });
    },
    delivered: ({ id }) => held.get(id)?.files ?? new Map(),
    setTree({ id }, members) {
      const found = held.get(id);
      if (found !== undefined) found.tree = members;
    },
    launch,
    list: (environment, signal) =>
      call('list', { name: environment ?? '' }, signal, () =>
        [...held.values()]
          .map(({ instance }) => instance)
          .filter((instance) => environment === undefined || instance.environment === environment)
          .sort(inOrder),
      ),
    publish: (instance, signal) => toTheEnd('publish', instance, signal, publish),
    withdraw: (instance, signal) =>
      toTheEnd('withdraw', instance, signal, ({ id }) => update(id, { serving: false })),
    remove: (instance, signal) =>
      call('remove', { instance, name: instance.name }, signal, () => void held.delete(instance.id)),
    enter: (instance, _init, signal) =>
      call('enter', { instance, name: instance.name }, signal, () => {
        const found = held.get(instance.id);
        if (found?.instance.running !== true) throw lost(instance);
        assertEntered(instance);
        return options.machine?.(found.instance) ?? machineOf(found.instance, found.files);
      }),
    async fromOutside(instance) {
      const found = held.get(instance.id);
      if (found?.instance.running !== true) throw lost(instance);
      return options.closed?.(found.instance);
    },
    adopt: (instance, signal) => call('adopt', { instance, name: instance.name }, signal, () => {}),
    readTree: (instance) => ({
      async *read(signal) {
        const members = await call('readTree', { instance, name: instance.name }, signal, () => {
          const found = held.get(instance.id);
          if (found === undefined) throw lost(instance);
          assertEntered(instance);
          return found.tree;
        });
        yield* readTar(writeTar(members));
      },
    }),
  };
}

function samePort(a: PublishedPort, b: PublishedPort): boolean {
  const overlap = a.host === undefined || b.host === undefined || a.host === b.host;
  return overlap && a.hostPort === b.hostPort && a.protocol === b.protocol;
}

function inOrder(a: Instance, b: Instance): number {
  const key = ({ environment, template, slot, startedAt }: Instance) =>
    [environment, template, String(slot).padStart(6, '0'), startedAt].join('\0');
  return key(a) < key(b) ? -1 : 1;
}

async function textOf({ body }: TarMember): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of body) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}
