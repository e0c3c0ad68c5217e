import { LAUNCH_WORD, readWords, wordsOf } from '../instance-words.ts';
import type { InstanceIdentity, InstanceSpec } from '../launcher.ts';
import { BAKE_TAG, type Tags } from './tags.ts';

export const TEMPLATE_TAG = 'kiln.template';
export const SLOT_TAG = 'kiln.slot';
export const LAUNCH_TAG = LAUNCH_WORD;
/** `yes` while an instance serves in its place. */
export const SERVING_TAG = 'kiln.serving';
/** The public line of an instance's host key, once it is known. */
export const HOST_KEY_TAG = 'kiln.host-key';

/** What an instance's tags say of it. */
export interface Tagged extends InstanceIdentity {
  readonly serving: boolean;
  /** The allocation of the Elastic IP that whoever serves in its place has. */
  readonly elasticIp?: string;
  readonly hostKey?: string;
}

/** `kiln-prod-web-1-LAUNCH`: how a person calls an instance. */
export function instanceName({
  environment,
  template,
  slot,
  launch,
}: Pick<InstanceIdentity, 'environment' | 'template' | 'slot' | 'launch'>): string {
  return `kiln-${environment}-${template}-${slot}-${launch}`;
}

/** The tags by which an instance and its volumes are known from their creation on. */
export function tagsOfInstance(spec: InstanceSpec): Tags {
  const elasticIp = spec.ec2?.elasticIp;
  return {
    Name: instanceName(spec),
    [BAKE_TAG]: spec.launch,
    'kiln.purpose': 'launch',
    ...wordsOf(spec),
    [SERVING_TAG]: 'no',
    ...(elasticIp === undefined ? {} : { 'kiln.elastic-ip': elasticIp }),
  };
}

/** What tags say; nothing when they are not an instance's. */
export function readTags(tags: Tags): Tagged | undefined {
  const identity = readWords(tags, 'ami-');
  if (identity === undefined) return undefined;
  const { 'kiln.elastic-ip': elasticIp = '', [HOST_KEY_TAG]: hostKey = '' } = tags;
  return {
    ...identity,
    serving: tags[SERVING_TAG] === 'yes',
    ...(elasticIp === '' ? {} : { elasticIp }),
    ...(hostKey === '' ? {} : { hostKey }),
  };
}
