import type { Instance } from '../launcher.ts';
import type { Aws } from './aws.ts';
import { isNotFound } from './aws-errors.ts';
import { TEMPLATE_TAG } from './instance-tags.ts';
import { removeTemplate } from './launch-template.ts';
import { findTagged, placeOf, readFound } from './read-instances.ts';
import { ENVIRONMENT_TAG } from './tags.ts';
import { ifLate, onceKnown, type Pace, until } from './until.ts';

/** AWS ends one that has begun to shut down, in the end by force; nobody needs to wait for all of it. */
const ENDING: Pace = { first: 1000, longest: 5000, within: 60_000 };
/** For so long AWS may not know yet of an instance that it has started. */
const YOUNG_MS = 5 * 60_000;

/** Shuts an instance down and removes it with its volumes; with an image's last one in an environment its launch template. */
export async function removeInstance(aws: Aws, instance: Instance, signal: AbortSignal): Promise<void> {
  await terminate(aws, instance, signal);
  const { environment, template } = instance;
  const left = await findTagged(aws, { [ENVIRONMENT_TAG]: environment, [TEMPLATE_TAG]: template }, signal);
  if (left.length === 0) await removeTemplate(aws, { environment, template }, signal);
}

async function terminate(aws: Aws, instance: Instance, signal: AbortSignal): Promise<void> {
  const { awsId } = placeOf(instance);
  const { TerminateInstancesCommand } = await import('@aws-sdk/client-ec2');
  const ask = async () => await aws.make(new TerminateInstancesCommand({ InstanceIds: [awsId] }), signal);
  const isYoung = Date.now() - Date.parse(instance.startedAt) < YOUNG_MS;
  try {
    await (isYoung ? onceKnown(ask, signal) : ask());
  } catch (error) {
    if (!isNotFound(error)) throw error;
    return;
  }
  const isOver = async () => {
    const now = await readFound(aws, awsId, signal);
    return now === undefined || now.state === 'terminated' ? true : undefined;
  };
  await until(`the end of ${instance.name}`, isOver, ENDING, signal).catch(ifLate);
}
