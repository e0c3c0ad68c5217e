import { promoted, same } from '../../app/launch/choices.ts';
import { Fault } from '../../core/fault.ts';
import type { Answer, VerbContext } from '../answer.ts';
import type { LaunchFlags } from '../launch-flags.ts';
import { launchAnswer } from './launch-answer.ts';

/** `launch [NAME…] --env ENV`: launches what the environment declares, or what is named, and answers for each. */
export async function launch(
  names: readonly string[],
  flags: LaunchFlags,
  context: VerbContext,
): Promise<Answer> {
  const { image, override, replaceDrifted } = flags;
  if (override?.trim() === '') throw new Fault('USAGE', '--override needs a reason: it is recorded');
  if (replaceDrifted === true) {
    if (image !== undefined) {
      throw new Fault(
        'USAGE',
        '--replace-drifted takes the images that run; it cannot be asked for another',
        {
          hint: 'Leave one of --image and --replace-drifted out.',
        },
      );
    }
    const choose = same({ override });
    return await launchAnswer({ names, flags, action: 'replace', choose }, context);
  }
  const choose = promoted({ image, override });
  const wanted = image === undefined ? names : namesOf(image, names);
  return await launchAnswer({ names: wanted, flags, action: 'launch', choose }, context);
}

/** `--image web@7` is about one template. */
function namesOf(image: string, names: readonly string[]): readonly string[] {
  const [template = ''] = image.split('@');
  if (names.length === 0 || (names.length === 1 && names[0] === template)) return [template];
  throw new Fault('USAGE', `--image ${image} is about ${template}, and not about ${names.join(', ')}`, {
    hint: `Run \`launch ${template} --image ${image}\` by itself.`,
  });
}
