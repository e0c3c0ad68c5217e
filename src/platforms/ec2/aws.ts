import { setMaxListeners } from 'node:events';
import type {
  $Command,
  EC2Client,
  EC2ClientResolvedConfig,
  ServiceInputTypes,
  ServiceOutputTypes,
} from '@aws-sdk/client-ec2';
import { Fault } from '../../core/fault.ts';
import { withDeadline } from '../../core/wait.ts';
import { awsFault } from './aws-fault.ts';
import { type AwsIdentity, awsIdentity } from './aws-identity.ts';
import { callerAccount } from './caller-account.ts';
import { untilAnswered, watchTries } from './tries.ts';

/** Tries of one request; between them the SDK waits ever longer, with jitter, and slower for all where AWS throttles. */
const ATTEMPTS = 10;
const CONNECT_MS = 10_000;
/** Without a byte in either direction. */
const ANSWER_MS = 60_000;
/** What a call that makes something may take altogether, its tries included. */
const MAKE_MS = 180_000;

/** A command of EC2, by what it takes and what it answers. */
export type Ec2Command<I extends ServiceInputTypes, O extends ServiceOutputTypes> = $Command<
  I,
  O,
  EC2ClientResolvedConfig,
  ServiceInputTypes,
  ServiceOutputTypes
>;

/** EC2 in one region, as one account. */
export interface Aws {
  readonly region: string;
  readonly identity: AwsIdentity;
  /** All of AWS is somewhere else, at an emulator; a service alone may have an endpoint of its own in a VPC. */
  readonly emulated: boolean;
  /** The client that `ask` and `make` send by. */
  readonly ec2: EC2Client;
  /** The same in another region. */
  in(region: string): Aws;
  /** The account, 12 digits; STS is asked once for all regions. Throws `CLOUD_…` faults. */
  account(signal: AbortSignal): Promise<string>;
  /** What every client of the SDK is given: region, retries, timeouts. */
  readonly settings: AwsSettings;
  /** Asks something that changes nothing; an abort is heard at once, between two tries too. Throws `CLOUD_…` faults. */
  ask<I extends ServiceInputTypes, O extends ServiceOutputTypes>(
    command: Ec2Command<I, O>,
    signal: AbortSignal,
  ): Promise<O>;
  /**
   * Makes, changes or removes something. A request that is on its way comes to its answer, or to a deadline, before an
   * abort is heard: so what it made is known, and can be registered with a scope. Between two tries an abort is heard
   * at once, where all so far were refused. Throws `CLOUD_…` faults.
   */
  make<I extends ServiceInputTypes, O extends ServiceOutputTypes>(
    command: Ec2Command<I, O>,
    signal: AbortSignal,
  ): Promise<O>;
  /** `ask` by another client than that of EC2; `action` as policies name it, `ebs:GetSnapshotBlock`. */
  askAs<T>(action: string, call: (signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T>;
  /** `make` by another client than that of EC2; of one that `watchTries` has an abort is heard as there. */
  makeAs<T>(action: string, call: (signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T>;
}

export interface AwsSettings {
  readonly region: string;
  readonly maxAttempts: number;
  readonly retryMode: 'adaptive';
  readonly requestHandler: { readonly connectionTimeout: number; readonly socketTimeout: number };
}

/** What a command of EC2 does, as policies name it: `ec2:DescribeImages`. */
export function actionOf(command: object): string {
  return `ec2:${command.constructor.name.replace(/Command$/, '')}`;
}

/**
 * Connects to EC2 as the SDK's own chain of credentials says. `region` as the caller has it, else AWS_REGION or the
 * profile's; `CONFIG_INVALID` without one. Nothing is sent yet.
 */
export async function connectAws(region?: string): Promise<Aws> {
  // Versions of the SDK to come will not run on this Node; the one of our lock file does.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
  const { EC2Client } = await import('@aws-sdk/client-ec2');
  const found = region ?? (await configuredRegion(new EC2Client({})));
  return awsIn(found, EC2Client);
}

function awsIn(region: string, Client: typeof EC2Client, root?: Aws): Aws {
  const settings: AwsSettings = {
    region,
    maxAttempts: ATTEMPTS,
    retryMode: 'adaptive',
    // Its requestTimeout only warns, and would count the time that a block is uploaded for.
    requestHandler: { connectionTimeout: CONNECT_MS, socketTimeout: ANSWER_MS },
  };
  const identity = awsIdentity(process.env);
  const others = new Map<string, Aws>();
  let account: Promise<string> | undefined;
  const told = (action: string) => (error: unknown) => {
    throw awsFault(error, { action, region, identity });
  };
  const ec2 = watchTries(new Client(settings));
  const aws: Aws = {
    region,
    identity,
    emulated: Boolean(process.env['AWS_ENDPOINT_URL']),
    settings,
    ec2,
    in(other) {
      if (other === region) return aws;
      const known = others.get(other) ?? awsIn(other, Client, root ?? aws);
      others.set(other, known);
      return known;
    },
    account(signal) {
      if (root !== undefined) return root.account(signal);
      account ??= callerAccount(settings).catch(told('sts:GetCallerIdentity'));
      return abortable(account, signal);
    },
    ask: (command, signal) =>
      aws.askAs(actionOf(command), (abortSignal) => ec2.send(command, { abortSignal }), signal),
    make: (command, signal) =>
      aws.makeAs(actionOf(command), (abortSignal) => ec2.send(command, { abortSignal }), signal),
    async askAs(action, call, signal) {
      signal.throwIfAborted();
      return await abortable(call(signal), signal).catch(told(action));
    },
    async makeAs(action, call, signal) {
      signal.throwIfAborted();
      const late = () =>
        new Fault('CLOUD_UNREACHABLE', `AWS gave no answer to ${action} in ${region} within 3 minutes`, {
          hint: '`bake gc --platform ec2` removes what it may have made.',
        });
      const within = async (heard: AbortSignal) => {
        using deadline = withDeadline(heard, MAKE_MS, late);
        return await abortable(call(deadline.signal), deadline.signal);
      };
      return await untilAnswered(within, signal).catch(told(action));
    },
  };
  return aws;
}

/** The SDK hears an abort while it waits for an answer, but not while it waits to try again. */
async function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  // Many calls may be under way with the same one.
  setMaxListeners(0, signal);
  let onAbort = () => {};
  const aborted = new Promise<never>((_resolve, reject) => {
    onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
  });
  try {
    return await Promise.race([aborted, work]);
  } catch (error) {
    // What the SDK makes of an abort says less than its reason.
    if (signal.aborted) throw signal.reason;
    throw error;
  } finally {
    signal.removeEventListener('abort', onAbort);
    work.catch(() => {});
  }
}

async function configuredRegion(client: EC2Client): Promise<string> {
  const region = await client.config.region().catch(() => '');
  client.destroy();
  if (region !== '') return region;
  throw new Fault('CONFIG_INVALID', 'no AWS region is configured', {
    hint: 'Set AWS_REGION, or `region` of the profile in ~/.aws/config.',
  });
}
