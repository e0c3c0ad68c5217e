import { access } from 'node:fs/promises';
import { Fault } from '../../core/fault.ts';
import type { Instance } from '../launcher.ts';
import { awaitSsh } from '../ssh/await-ssh.ts';
import type { SshConnection } from '../ssh/connection.ts';
import type { SshTarget } from '../ssh/target.ts';
import type { Aws } from './aws.ts';
import type { Ec2Access } from './ec2-access.ts';
import { hostKeyOf } from './host-key.ts';
import { HOST_KEY_TAG } from './instance-tags.ts';
import { lost } from './lost.ts';
import { type Found, readFound } from './read-instances.ts';
import { setTags } from './set-tags.ts';
import { type Pace, until } from './until.ts';

/** How often AWS is asked whether an instance that does not answer is still there. */
const LOOK_MS = 5000;

/** What it takes to connect to an instance. */
export interface Entry {
  readonly aws: Aws;
  readonly access: Ec2Access;
  /** A private folder with a short path. */
  readonly folder: string;
  /** What an instance has printed to its console. */
  readonly console: (aws: Aws, awsId: string, signal: AbortSignal) => Promise<string>;
}

/** An instance as it is, when it runs; `MACHINE_LOST` when it has ended or is gone. */
export async function runningFound(aws: Aws, instance: Instance, signal: AbortSignal): Promise<Found> {
  const awsId = instance.id.split('/')[1] ?? '';
  const now = await readFound(aws, awsId, signal);
  if (now?.instance.running !== true) throw lost(instance, now);
  return now;
}

/**
 * Connects to an instance within so many milliseconds. Who must answer there is known by a tag, which the first
 * connection sets; before, by what the instance has printed to its console. `MACHINE_UNREACHABLE`, `MACHINE_LOST`.
 */
export async function connectLaunched(
  entry: Entry,
  instance: Instance,
  within: number,
  signal: AbortSignal,
): Promise<SshConnection> {
  const { aws, access: how, folder } = entry;
  await assertIdentity(how.identity);
  const started = performance.now();
  const found = await runningFound(aws, instance, signal);
  const hostKey = found.hostKey ?? (await firstHostKey(entry, found, within, signal));
  const target = targetOf(found, how, hostKey);
  let looked = performance.now();
  const stillThere = async () => {
    if (performance.now() - looked < LOOK_MS) return undefined;
    looked = performance.now();
    const now = await readFound(aws, found.awsId, signal);
    return now?.instance.running === true ? undefined : lost(instance, now);
  };
  const left = Math.max(1000, within - (performance.now() - started));
  const connection = await awaitSsh(target, { folder, within: left, stillThere }, signal);
  try {
    if (found.hostKey === undefined) await setTags(aws, [found.awsId], { [HOST_KEY_TAG]: hostKey }, signal);
  } catch (error) {
    await connection.close();
    throw error;
  }
  return connection;
}

function targetOf(found: Found, how: Ec2Access, hostKey: string): SshTarget {
  const { user, port, identity, proxyCommand } = how;
  return {
    ...{ host: reachedBy(found, how), port, user, identity, hostKey },
    ...(user === 'root' ? {} : { sudo: true }),
    ...(proxyCommand === undefined ? {} : { proxyCommand }),
  };
}

/** What an environment's instances are connected to by; nothing where it has none. */
export function addressOf(found: Found, { address }: Pick<Ec2Access, 'address'>): string | undefined {
  if (address === 'instance-id') return found.awsId;
  return address === 'public' ? found.publicAddress : found.privateAddress;
}

/** The same, which has to be there; `MACHINE_UNREACHABLE`. */
export function reachedBy(found: Found, how: Pick<Ec2Access, 'address'>): string {
  const host = addressOf(found, how);
  if (host !== undefined) return host;
  throw new Fault('MACHINE_UNREACHABLE', `${found.instance.name} has no ${how.address} address`, {
    hint:
      how.address === 'public'
        ? 'Take subnets that give public addresses, or `address: private` in `ec2:` of the environment.'
        : 'Look at its network in the console of EC2.',
  });
}

async function firstHostKey(
  { aws, console }: Entry,
  { awsId, instance }: Found,
  within: number,
  signal: AbortSignal,
): Promise<string> {
  const pace: Pace = { first: 1000, longest: 5000, within };
  const ask = async () => {
    const key = hostKeyOf(await console(aws, awsId, signal));
    if (key !== undefined) return key;
    const now = await readFound(aws, awsId, signal);
    // What was just made may not be known yet.
    if (now !== undefined && !now.instance.running) throw lost(instance, now);
    return undefined;
  };
  return await until(`the host key of ${instance.name} on its console`, ask, pace, signal).catch(
    (error: unknown) => {
      if (!(error instanceof Fault) || error.code !== 'TIMEOUT') throw error;
      throw new Fault(
        'MACHINE_UNREACHABLE',
        `${instance.name} has not said on its console which host key it has`,
        {
          details: [error.message],
          hint: 'The image needs cloud-init, which prints it (`ssh: { emit_keys_to_console: true }`, its default).',
          cause: error,
        },
      );
    },
  );
}

/** ssh would say only that it was refused. */
async function assertIdentity(file: string): Promise<void> {
  await access(file).catch((cause: unknown) => {
    throw new Fault('MACHINE_UNREACHABLE', `the key by which instances are entered cannot be read: ${file}`, {
      hint: 'Put it there, or mend `ssh: { identity: … }` in `ec2:` of the environment.',
      cause,
    });
  });
}
