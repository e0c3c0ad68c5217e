import type { Digest } from '../core/digest.ts';
import type { FormId } from '../core/form-id.ts';
import type { InstanceIdentity } from './launcher.ts';

/** The label or tag of all that was made for an environment. */
export const ENVIRONMENT_WORD = 'kiln.environment';
/** That of instances alone: the launch that made it. */
export const LAUNCH_WORD = 'kiln.launch';

/** Labels or tags, by which a platform knows things. */
export type Words = Readonly<Record<string, string>>;

/** What an instance is known by, as labels or tags. */
export function wordsOf(identity: InstanceIdentity): Record<string, string> {
  return {
    [ENVIRONMENT_WORD]: identity.environment,
    'kiln.template': identity.template,
    'kiln.image': identity.image,
    'kiln.digest': identity.digest,
    'kiln.form': identity.form,
    'kiln.slot': String(identity.slot),
    [LAUNCH_WORD]: identity.launch,
    'kiln.inputs': identity.inputs,
  };
}

/** The identity that labels or tags say; nothing when they are not an instance's, whose form's id begins so. */
export function readWords(words: Words, form: 'sha256:' | 'ami-'): InstanceIdentity | undefined {
  const word = (name: string) => words[`kiln.${name}`] ?? '';
  const slot = Number(word('slot'));
  if (!Number.isSafeInteger(slot) || slot < 1) return undefined;
  if (['environment', 'template', 'image', 'launch'].map(word).includes('')) return undefined;
  if (!['digest', 'inputs'].map(word).every((digest) => digest.startsWith('sha256:'))) return undefined;
  if (!word('form').startsWith(form)) return undefined;
  return {
    environment: word('environment'),
    template: word('template'),
    image: word('image'),
    digest: word('digest') as Digest,
    form: word('form') as FormId,
    slot,
    launch: word('launch'),
    inputs: word('inputs') as Digest,
  };
}
