import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '../../core/fault.ts';
import { kilnHome } from '../../core/home.ts';
import { ownWork } from '../../core/own-work.ts';
import { readTar } from '../../core/tar/reader.ts';
import { together } from '../../core/together.ts';
import type { Instance, Launcher } from '../launcher.ts';
import type { ClosedMachine, Machine } from '../platform.ts';
import { privateFolder, removeWithPrivateFolder } from '../private-folder.ts';
import type { SshConnection } from '../ssh/connection.ts';
import { heldConnections } from '../ssh/held-connections.ts';
import { type Aws, connectAws } from './aws.ts';
import { type ClosedAccess, type Ec2Access, isEntered } from './ec2-access.ts';
import { consoleOf } from './host-key.ts';
import { launchInstance } from './launch-instance.ts';
import { adoptVersion } from './launch-template.ts';
import { addressOf, connectLaunched, type Entry, reachedBy, runningFound } from './launched-ssh.ts';
import { type Found, listFound, placeOf } from './read-instances.ts';
import { removeInstance } from './remove-instance.ts';
import { publishInstance, withdrawInstance } from './serve.ts';
import { failingStatus } from './status-checks.ts';

const BOOT_MS = 300_000;
const ENTER_MS = 30_000;
const REMOVE_MS = 90_000;
const SWAP_MS = 120_000;

export interface Ec2LauncherOptions {
  /** Where instances may be. */
  readonly regions: () => Promise<readonly string[]>;
  /** How an environment's instances are entered, or only reached; nothing when nobody says. */
  readonly access: (environment: string) => Promise<Ec2Access | ClosedAccess | undefined>;
  /** What an instance has printed to its console; AWS is asked when it is left out. */
  readonly console?: Entry['console'];
}

/** Instances at AWS, known by their tags. */
export function ec2Launcher({ regions, access, console = consoleOf }: Ec2LauncherOptions): Launcher {
  const connections = heldConnections();
  const sockets = socketFolder();
  let first: Promise<Aws> | undefined;

  async function awsIn(region: string): Promise<Aws> {
    first ??= connectAws(region);
    return (await first).in(region);
  }
  const awsOf = async (instance: Instance) => await awsIn(placeOf(instance).region);

  async function accessTo({ environment }: Pick<Instance, 'environment'>): Promise<Ec2Access> {
    const how = await access(environment);
    if (how !== undefined && isEntered(how)) return how;
    throw new Fault('MACHINE_UNREACHABLE', `nothing says how instances of ${environment} are entered`, {
      hint: 'Say it with `ec2: { ssh: … }` in its environment.yaml, and run the command in that workspace.',
    });
  }

  async function connect(instance: Instance, within: number, signal: AbortSignal): Promise<SshConnection> {
    const aws = await awsOf(instance);
    const entry: Entry = { aws, access: await accessTo(instance), folder: await sockets(), console };
    return await connections.to(instance.id, () => connectLaunched(entry, instance, within, signal));
  }

  async function closedTo({ environment }: Pick<Instance, 'environment'>): Promise<ClosedAccess | undefined> {
    const how = await access(environment);
    return how === undefined || isEntered(how) ? undefined : how;
  }

  async function remove(instance: Instance, signal: AbortSignal): Promise<void> {
    await connections.close(instance.id);
    await removeInstance(await awsOf(instance), instance, signal);
  }

  return {
    platform: 'ec2',
    async launch(spec, scope, signal) {
      const aws = await awsIn(spec.ec2?.region ?? '');
      const closed = await closedTo(spec);
      if (closed !== undefined) {
        const assertReached = (found: Found) => void reachedBy(found, closed);
        return await launchInstance({ aws, assertReached, remove }, spec, scope, signal);
      }
      await accessTo(spec);
      const booted = (instance: Instance, booting: AbortSignal) => connect(instance, BOOT_MS, booting);
      return await launchInstance({ aws, connect: booted, remove }, spec, scope, signal);
    },
    async list(environment, signal) {
      const found = await together(
        signal,
        (await regions()).map(
          (region) => async (all: AbortSignal) => await listFound(await awsIn(region), environment, all),
        ),
      );
      return found
        .flat()
        .map(({ instance }) => instance)
        .sort(inOrder);
    },
    publish: (instance, signal) =>
      toTheEnd(signal, async (begun) => {
        // What is asked next comes by the new address.
        if (await publishInstance(await awsOf(instance), instance, begun))
          await connections.close(instance.id);
      }),
    withdraw: (instance, signal) =>
      toTheEnd(signal, async (begun) => await withdrawInstance(await awsOf(instance), instance, begun)),
    remove,
    async enter(instance, init, signal): Promise<Machine> {
      const found = await runningFound(await awsOf(instance), instance, signal);
      const how = await accessTo(instance);
      const { exec, upload, download, enter } = await connect(instance, ENTER_MS, signal);
      return {
        ...{ exec, upload, download, enter },
        id: instance.id,
        platform: 'ec2',
        init,
        address: how.address === 'instance-id' ? undefined : addressOf(found, how),
        remove: () => remove(instance, AbortSignal.timeout(REMOVE_MS)),
      };
    },
    async fromOutside(instance, signal): Promise<ClosedMachine | undefined> {
      const closed = await closedTo(instance);
      if (closed === undefined) return undefined;
      const aws = await awsOf(instance);
      const found = await runningFound(aws, instance, signal);
      const trouble = await failingStatus(aws, instance, signal);
      const address = reachedBy(found, closed);
      return { address, ...(trouble === undefined ? {} : { trouble: `AWS says: ${trouble}` }) };
    },
    readTree: (instance) => ({
      async *read(signal) {
        const ssh = await connect(instance, ENTER_MS, signal);
        yield* readTar(ssh.readRoot(signal));
      },
    }),
    adopt: async (instance, signal) => await adoptVersion(await awsOf(instance), instance, signal),
  };
}

/** What has begun comes to its end, or to a deadline, before an abort is heard, so that nothing is left half done. */
async function toTheEnd(signal: AbortSignal, work: (begun: AbortSignal) => Promise<void>): Promise<void> {
  signal.throwIfAborted();
  await work(AbortSignal.timeout(SWAP_MS));
  signal.throwIfAborted();
}

/**
 * A folder of this user alone for the sockets of connections, made when it is first needed; it goes with this process,
 * and by `bake gc` where that was killed.
 */
function socketFolder(): () => Promise<string> {
  let made: Promise<string> | undefined;
  return () => {
    made ??= (async () => {
      const folder = join(ownWork(kilnHome()), `ssh-${randomBytes(6).toString('hex')}`);
      // Before the folder around it goes, when it is empty.
      process.prependOnceListener('exit', () => removeWithPrivateFolder(folder));
      await mkdir(folder, { recursive: true, mode: 0o700 });
      return await privateFolder(folder);
    })();
    return made;
  };
}

/** By environment, template, slot and start. */
function inOrder(a: Instance, b: Instance): number {
  const key = ({ environment, template, slot, startedAt }: Instance) =>
    [environment, template, String(slot).padStart(6, '0'), startedAt].join('\0');
  return key(a) < key(b) ? -1 : 1;
}
