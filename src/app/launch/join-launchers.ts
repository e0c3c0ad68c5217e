import { Fault } from '../../core/fault.ts';
import { together } from '../../core/together.ts';
import { type Instance, type Launcher, platformFor } from '../../platforms/launcher.ts';
import type { PlatformName } from '../../platforms/platform.ts';

/** Instances wherever they run. */
export type Launchers = Required<Omit<Launcher, 'platform'>>;

/** Every platform that instances run on. */
export const PLATFORMS: readonly PlatformName[] = ['docker', 'qemu', 'ec2'];

/** Platforms whose launchers are opened when they are first needed. */
export interface JoinedPlatforms {
  readonly open: Readonly<Record<PlatformName, () => Promise<Launcher>>>;
  /**
   * Whether a platform that cannot be reached may run something of an environment, or of any. Only where it cannot is
   * it taken as running nothing.
   */
  readonly mayRun: (
    platform: PlatformName,
    environment: string | undefined,
    signal: AbortSignal,
  ) => Promise<boolean>;
  /** Whether a platform surely holds no instance of an environment, or of any, so that it need not be opened to list none. */
  readonly isUnused?: (
    platform: PlatformName,
    environment: string | undefined,
    signal: AbortSignal,
  ) => Promise<boolean>;
}

/**
 * The launchers of several platforms as one: what is to be launched goes to its platform by what it is made of, every
 * other call to where the instance runs, and a list has those of all of them. So an environment whose platform was
 * changed is found, swapped and retired like any other.
 */
export function joinLaunchers({ open, mayRun, isUnused }: JoinedPlatforms): Launchers {
  const of = async ({ platform }: Instance): Promise<Launcher> => await open[platform]();

  async function listOn(
    platform: PlatformName,
    environment: string | undefined,
    signal: AbortSignal,
  ): Promise<Instance[]> {
    if (await isUnused?.(platform, environment, signal)) return [];
    try {
      return await (await open[platform]()).list(environment, signal);
    } catch (error) {
      if (!(error instanceof Fault) || error.code !== 'ENGINE_UNREACHABLE') throw error;
      // To believe of an engine that may run something that it runs nothing would launch it twice, or promote past it.
      if (await mayRun(platform, environment, signal)) throw error;
      return [];
    }
  }

  return {
    async launch(spec, scope, signal) {
      const launcher = await open[platformFor(spec)]();
      return await launcher.launch(spec, scope, signal);
    },
    async list(environment, signal) {
      const found = await together(
        signal,
        PLATFORMS.map((platform) => (all: AbortSignal) => listOn(platform, environment, all)),
      );
      return found.flat().sort(inOrder);
    },
    publish: async (instance, signal) => await (await of(instance)).publish(instance, signal),
    withdraw: async (instance, signal) => await (await of(instance)).withdraw(instance, signal),
    remove: async (instance, signal) => await (await of(instance)).remove(instance, signal),
    enter: async (instance, init, signal) => await (await of(instance)).enter(instance, init, signal),
    fromOutside: async (instance, signal) => await (await of(instance)).fromOutside?.(instance, signal),
    adopt: async (instance, signal) => await (await of(instance)).adopt?.(instance, signal),
    readTree: (instance) => ({
      async *read(signal) {
        yield* (await of(instance)).readTree(instance).read(signal);
      },
    }),
  };
}

/** By environment, template, slot and start, as each launcher has its own. */
function inOrder(a: Instance, b: Instance): number {
  const key = ({ environment, template, slot, startedAt }: Instance) =>
    [environment, template, String(slot).padStart(6, '0'), startedAt].join('\0');
  return key(a) < key(b) ? -1 : 1;
}
