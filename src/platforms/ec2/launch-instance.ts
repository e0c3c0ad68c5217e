import { digestOf } from '../../core/digest.ts';
import { Fault } from '../../core/fault.ts';
import type { Scope } from '../../core/scope.ts';
import type { CloudPlace, Instance, InstanceSpec, Launched } from '../launcher.ts';
import type { SshConnection } from '../ssh/connection.ts';
import type { Aws } from './aws.ts';
import { awsCode, awsWords, isNotFound, isWithoutCapacity } from './aws-errors.ts';
import { type ReadDelivery, readDelivery, START_WITH_DATA } from './instance-delivery.ts';
import { instanceName, LAUNCH_TAG, SLOT_TAG, TEMPLATE_TAG, tagsOfInstance } from './instance-tags.ts';
import { intendInCloud } from './intend-in-cloud.ts';
import { METADATA, type TemplateVersion, templateVersion } from './launch-template.ts';
import { userDataOf, wholeUserData } from './launched-user-data.ts';
import { lost } from './lost.ts';
import { isRefused, whenListed } from './owned.ts';
import { type Found, findTagged, readFound } from './read-instances.ts';
import { untilStatusOk } from './status-checks.ts';
import { ENVIRONMENT_TAG, tagSpecifications } from './tags.ts';
import { again, CONSISTENT, type Pace, until } from './until.ts';

const RUNNING: Pace = { first: 1000, longest: 5000, within: 300_000 };
const READY_MS = 120_000;

/** What a launcher launches with. */
export interface LaunchContext {
  readonly aws: Aws;
  /** Connects to an instance that boots; left out where nobody enters it. */
  readonly connect?: (instance: Instance, signal: AbortSignal) => Promise<SshConnection>;
  /** Throws when one that runs cannot be reached by what it is to be reached by. */
  readonly assertReached?: (found: Found) => void;
  readonly remove: (instance: Instance, signal: AbortSignal) => Promise<void>;
}

/**
 * Starts an instance of an AMI from its launch's version of the launch template, and hands it its delivery by ssh. One
 * that nobody enters has its data by user data alone, and is ready when AWS's status checks say so. It is found by its
 * tags even when AWS's answer never came.
 */
export async function launchInstance(
  { aws, connect, assertReached, remove }: LaunchContext,
  spec: InstanceSpec,
  scope: Scope,
  signal: AbortSignal,
): Promise<Launched> {
  const place = placeFor(spec);
  const given = await readDelivery(spec.delivery());
  const userData = connect === undefined ? unaidedUserData(given, spec, place) : userDataOf(given, place);
  signal.throwIfAborted();
  const name = instanceName(spec);
  const intent = await intendInCloud(aws, spec.launch, scope, signal);
  const version = await templateVersion(aws, spec, place, scope, signal);
  const tags = {
    [ENVIRONMENT_TAG]: spec.environment,
    [TEMPLATE_TAG]: spec.template,
    [LAUNCH_TAG]: spec.launch,
    [SLOT_TAG]: String(spec.slot),
  };
  let made: Instance | undefined;
  const keep = scope.defer(`instance ${name}`, async (cleanup) => {
    if (made !== undefined) return await remove(made, cleanup);
    const found = await whenListed(name, () => findTagged(aws, tags, cleanup), cleanup);
    for (const { instance } of found) await remove(instance, cleanup);
  });
  const awsId = await run(aws, spec, place, { userData, version }, signal).catch((error: unknown) => {
    if (isRefused(error)) keep();
    throw error;
  });
  made = unknownYet(spec, aws.region, awsId);
  const found = await untilRunning(aws, made, awsId, signal);
  const { instance } = found;
  made = instance;
  assertReached?.(found);
  if (connect !== undefined) await hand(await connect(instance, signal), given, spec, signal);
  else await untilStatusOk(aws, instance, (message) => spec.note?.(message), signal);
  const now = await readFound(aws, awsId, signal);
  if (now?.instance.running !== true) throw lost(instance, now);
  return {
    instance: now.instance,
    keep() {
      keep();
      version.keep();
      intent.settle();
    },
  };
}

function placeFor({ ec2, init, image, form, template }: InstanceSpec): CloudPlace {
  if (init === 'none') {
    throw new Fault('CONFIG_INVALID', `${image} has no init, and an instance of EC2 needs one`, {
      hint: `Give ${template} \`container: { init: systemd }\` and bake it again, or launch it on docker.`,
    });
  }
  if (ec2 !== undefined && form.startsWith('ami-')) return ec2;
  throw new Fault('FORM_MISSING', `${image} has no AMI, which an instance of EC2 starts from`, {
    hint: `Bake it with one: \`bake image ${template} --forms oci,ami\`.`,
  });
}

/** Of an instance that is handed nothing else: `CONFIG_INVALID` with secrets, `DATA_INVALID` with too much data. */
function unaidedUserData(
  given: ReadDelivery,
  { image, environment }: InstanceSpec,
  place: CloudPlace,
): string {
  if (given.secrets.length === 0) return wholeUserData(given, { place, image });
  throw new Fault('CONFIG_INVALID', `${image} cannot be handed its secrets: ${given.secrets.join(', ')}`, {
    hint: `Say how instances are entered, \`ssh:\` in \`ec2:\` of ${environment}.`,
  });
}

/** Runs one instance in the first subnet, from its slot's on, that has room for it. */
async function run(
  aws: Aws,
  spec: InstanceSpec,
  place: CloudPlace,
  { userData, version }: { readonly userData: string; readonly version: TemplateVersion },
  signal: AbortSignal,
): Promise<string> {
  const { RunInstancesCommand } = await import('@aws-sdk/client-ec2');
  const { subnets } = place;
  const name = instanceName(spec);
  const inOrder = subnets.map((_, index) => subnets[(spec.slot - 1 + index) % subnets.length] ?? '');
  for (const [index, SubnetId] of inOrder.entries()) {
    const command = new RunInstancesCommand({
      LaunchTemplate: { LaunchTemplateId: version.id, Version: version.version },
      // Whoever changes the template makes no instance of ours with less.
      MetadataOptions: METADATA,
      MinCount: 1,
      MaxCount: 1,
      // The same request again gives the same instance; in another subnet it is another request.
      ClientToken: digestOf(`${name} ${SubnetId}`).slice(-64),
      SubnetId,
      UserData: Buffer.from(userData).toString('base64'),
      TagSpecifications: tagSpecifications(['instance', 'volume'], tagsOfInstance(spec)),
    });
    try {
      // The launch template, or its version, was just made.
      const isNew = (error: unknown) =>
        isNotFound(error) && /LaunchTemplate/.test(awsCode((error as Fault).cause));
      const { Instances = [] } = await again(isNew, () => aws.make(command, signal), CONSISTENT, signal);
      const id = Instances[0]?.InstanceId;
      if (id === undefined) throw new Fault('CLOUD_FAILED', `AWS started no instance for ${name}`);
      return id;
    } catch (error) {
      if (!isWithoutCapacity(error) || index === inOrder.length - 1) throw error;
      const why = `${SubnetId} takes no ${place.instanceType}`;
      spec.note?.(`${why}, so the next subnet is tried. AWS says: ${awsWords(error)}`);
    }
  }
  throw new Error(`${name} has no subnet`);
}

/** As much as is known of an instance by its request alone. */
function unknownYet(spec: InstanceSpec, region: string, awsId: string): Instance {
  const { init: _init, vm: _vm, ec2: _ec2, delivery: _delivery, note: _note, ...identity } = spec;
  return {
    ...identity,
    id: `${region}/${awsId}`,
    platform: 'ec2',
    name: instanceName(spec),
    running: true,
    serving: false,
    startedAt: new Date().toISOString(),
    runs: spec.form,
  };
}

async function untilRunning(
  aws: Aws,
  instance: Instance,
  awsId: string,
  signal: AbortSignal,
): Promise<Found> {
  const ask = async () => {
    const now = await readFound(aws, awsId, signal);
    if (now === undefined || now.state === 'pending') return undefined;
    if (now.state === 'running') return now;
    throw new Fault('MACHINE_NOT_READY', `AWS ended the instance of ${instance.image} as it started`, {
      details: now.reason === undefined ? [] : [now.reason],
      hint: '`Client.InternalError` is often a KMS key that the account may not use; `launch` starts it again.',
    });
  };
  return await until(`${instance.name} is running`, ask, RUNNING, signal);
}

/** systemd has to answer, and what is delivered to be in memory. */
const READY = `n=0; while [ $n -lt ${READY_MS / 500} ]; do
  case $(systemctl is-system-running 2>/dev/null) in starting|running|degraded) break ;; esac
  n=$((n+1)); sleep 0.5
done
[ $n -lt ${READY_MS / 500} ] || exit 1
[ "$(stat -f -c %T /run)" = tmpfs ] || exit 3`;

async function hand(
  ssh: SshConnection,
  given: ReadDelivery,
  { image }: InstanceSpec,
  signal: AbortSignal,
): Promise<void> {
  const options = { signal, timeout: READY_MS + 30_000 };
  const ready = await ssh.exec(['sh', '-c', READY], options);
  if (ready.exitCode !== 0) {
    throw notReady(
      image,
      ready.exitCode === 3 ? 'has no memory at /run for its data' : 'did not come up',
      ready.stderr,
    );
  }
  await ssh.upload('/run', given.archive(), signal);
  const started = await ssh.exec(['sh', '-c', START_WITH_DATA, 'sh', ...given.secrets], options);
  if (started.exitCode !== 0) throw notReady(image, 'did not start with its data', started.stderr);
}

function notReady(image: string, what: string, stderr: string): Fault {
  return new Fault('MACHINE_NOT_READY', `the instance of ${image} ${what}`, {
    details: stderr.split('\n').filter((line) => line !== ''),
    hint: '`launch` starts it again.',
  });
}
