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

/**
 * Shuts an instance down and removes it with its volumes; with an image's last one in an environment its launch template.
 * That goes before there is a wait for the end: whoever is killed meanwhile leaves none, which nobody would look for.
 */
export async function removeInstance(aws: Aws, instance: Instance, signal: AbortSignal): Promise<void> {
  const wasThere = await askToEnd(aws, instance, signal);
  const wasLast = await isLastOfItsImage(aws, instance, signal);
  if (wasLast) await removeTemplate(aws, instance, signal);
  if (!wasThere) return;
  await untilEnded(aws, instance, signal);
  // Of others that are removed at the same time AWS may not have listed at once that they end.
  if (!wasLast && (await isLastOfItsImage(aws, instance, signal)))
    await removeTemplate(aws, instance, signal);
}

/** Whether the environment has no other instance of its image that has not begun to end. */
async function isLastOfItsImage(
  aws: Aws,
  { id, environment, template }: Instance,
  signal: AbortSignal,
): Promise<boolean> {
  const tags = { [ENVIRONMENT_TAG]: environment, [TEMPLATE_TAG]: template };
  return (await findTagged(aws, tags, signal)).every(({ instance }) => instance.id === id);
}

/** Whether AWS knew it. */
async function askToEnd(aws: Aws, instance: Instance, signal: AbortSignal): Promise<boolean> {
  const { TerminateInstancesCommand } = await import('@aws-sdk/client-ec2');
  const command = new TerminateInstancesCommand({ InstanceIds: [placeOf(instance).awsId] });
  const ask = async () => await aws.make(command, signal);
  const isYoung = Date.now() - Date.parse(instance.startedAt) < YOUNG_MS;
  try {
    await (isYoung ? onceKnown(ask, signal) : ask());
    return true;
  } catch (error) {
    if (!isNotFound(error)) throw error;
    return false;
  }
}

async function untilEnded(aws: Aws, instance: Instance, signal: AbortSignal): Promise<void> {
  const isOver = async () => {
    const now = await readFound(aws, placeOf(instance).awsId, signal);
    return now === undefined || now.state === 'terminated' ? true : undefined;
  };
  await until(`the end of ${instance.name}`, isOver, ENDING, signal).catch(ifLate);
}
