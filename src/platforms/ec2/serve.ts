import { Fault } from '../../core/fault.ts';
import type { Instance } from '../launcher.ts';
import type { Aws } from './aws.ts';
import { SERVING_TAG, SLOT_TAG, TEMPLATE_TAG } from './instance-tags.ts';
import { runningFound } from './launched-ssh.ts';
import { lost } from './lost.ts';
import { addressHolders, type Found, findTagged, placeOf, readFound } from './read-instances.ts';
import { setTags } from './set-tags.ts';
import { ENVIRONMENT_TAG } from './tags.ts';
import { ifLate, type Pace, until } from './until.ts';

/** For so long a list may still have the tag of an instance that was just told to serve no more. */
const WITHDRAWN: Pace = { first: 500, longest: 2000, within: 15_000 };

/**
 * Lets an instance serve: it is given its place's Elastic IP, which moves in one step from the instance that had it,
 * and the tag by which others find who serves. `PORT_TAKEN` where the address belongs to somebody else. Gives whether an
 * address moved: the instance then answers no more at the public one that it had by itself.
 */
export async function publishInstance(
  aws: Aws,
  instance: Instance,
  signal: AbortSignal,
  withdrawn = WITHDRAWN,
): Promise<boolean> {
  const found = await runningFound(aws, instance, signal);
  await assertAlone(aws, found, withdrawn, signal);
  const { elasticIp } = found;
  const moved = elasticIp !== undefined && (await associate(aws, found, elasticIp, signal));
  await setTags(aws, [found.awsId], { [SERVING_TAG]: 'yes' }, signal);
  const now = await readFound(aws, found.awsId, signal);
  if (now?.instance.running !== true) throw lost(instance, now);
  return moved;
}

/**
 * Says that an instance serves no more. Its Elastic IP stays with it until another takes it, so that the address leads
 * somewhere all the time.
 */
export async function withdrawInstance(aws: Aws, instance: Instance, signal: AbortSignal): Promise<void> {
  const { awsId } = placeOf(instance);
  const now = await readFound(aws, awsId, signal);
  if (now?.instance.running === true) await setTags(aws, [awsId], { [SERVING_TAG]: 'no' }, signal);
}

/** One serves in a place, as one alone can have a port of a host; who was withdrawn may be listed for a while. */
async function assertAlone(
  aws: Aws,
  { instance, awsId }: Found,
  pace: Pace,
  signal: AbortSignal,
): Promise<void> {
  const { name, environment, template, slot } = instance;
  const tags = { [ENVIRONMENT_TAG]: environment, [TEMPLATE_TAG]: template, [SLOT_TAG]: String(slot) };
  let other: Found | undefined;
  const alone = async () => {
    const here = await findTagged(aws, { ...tags, [SERVING_TAG]: 'yes' }, signal);
    other = here.find((one) => one.awsId !== awsId && one.instance.running);
    return other === undefined ? true : undefined;
  };
  await until(`${name} serves alone`, alone, pace, signal).catch(ifLate);
  if (other === undefined) return;
  throw new Fault('PORT_TAKEN', `${name} cannot serve: ${other.instance.name} does in its place`, {
    hint: `\`launch ${template} --env ${environment}\` settles it.`,
  });
}

async function associate(
  aws: Aws,
  { instance, awsId }: Found,
  allocation: string,
  signal: AbortSignal,
): Promise<boolean> {
  const holder = (await addressHolders(aws, [allocation], signal)).get(allocation);
  if (holder === awsId) return false;
  if (holder !== undefined) await assertOurs(aws, instance, allocation, holder, signal);
  const { AssociateAddressCommand } = await import('@aws-sdk/client-ec2');
  const command = new AssociateAddressCommand({
    AllocationId: allocation,
    InstanceId: awsId,
    AllowReassociation: true,
  });
  await aws.make(command, signal);
  return true;
}

/** An address is taken from an instance of the same image and environment, and from nobody else. */
async function assertOurs(
  aws: Aws,
  { name, environment, template }: Instance,
  allocation: string,
  holder: string,
  signal: AbortSignal,
): Promise<void> {
  const now = holder.startsWith('i-') ? await readFound(aws, holder, signal) : undefined;
  if (now?.instance.environment === environment && now.instance.template === template) return;
  const whose = now === undefined ? holder : `${now.instance.name} (${holder})`;
  throw new Fault('PORT_TAKEN', `${name} cannot have the address ${allocation}: ${whose} has it`, {
    hint: `Take it from there first, \`aws ec2 disassociate-address\`, or give ${template} another one.`,
  });
}
