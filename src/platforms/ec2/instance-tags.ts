import type { Digest } from '../../core/digest.ts';
import type { AmiId } from '../../core/form-id.ts';
import type { InstanceIdentity, InstanceSpec } from '../launcher.ts';
import { BAKE_TAG, ENVIRONMENT_TAG, type Tags } from './tags.ts';

export const TEMPLATE_TAG = 'kiln.template';
export const SLOT_TAG = 'kiln.slot';
export const LAUNCH_TAG = 'kiln.launch';
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
    [ENVIRONMENT_TAG]: spec.environment,
    [TEMPLATE_TAG]: spec.template,
    'kiln.image': spec.image,
    'kiln.digest': spec.digest,
    'kiln.form': spec.form,
    [SLOT_TAG]: String(spec.slot),
    [LAUNCH_TAG]: spec.launch,
    'kiln.inputs': spec.inputs,
    [SERVING_TAG]: 'no',
    ...(elasticIp === undefined ? {} : { 'kiln.elastic-ip': elasticIp }),
  };
}

/** What tags say; nothing when they are not an instance's. */
export function readTags(tags: Tags): Tagged | undefined {
  const word = (name: string) => tags[`kiln.${name}`] ?? '';
  const slot = Number(word('slot'));
  const words = ['environment', 'template', 'image', 'launch'].map(word);
  const digests = ['digest', 'inputs'].map(word);
  if (!Number.isSafeInteger(slot) || slot < 1 || words.includes('')) return undefined;
  if (!digests.every((digest) => digest.startsWith('sha256:'))) return undefined;
  if (!word('form').startsWith('ami-')) return undefined;
  const [elasticIp, hostKey] = [word('elastic-ip'), word('host-key')];
  return {
    environment: word('environment'),
    template: word('template'),
    image: word('image'),
    digest: word('digest') as Digest,
    form: word('form') as AmiId,
    slot,
    launch: word('launch'),
    inputs: word('inputs') as Digest,
    serving: tags[SERVING_TAG] === 'yes',
    ...(elasticIp === '' ? {} : { elasticIp }),
    ...(hostKey === '' ? {} : { hostKey }),
  };
}
