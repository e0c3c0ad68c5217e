import { platformOf } from '../../config/environment.ts';
import { Fault } from '../../core/fault.ts';
import type { Instance } from '../../platforms/launcher.ts';
import { type ChosenImage, chooseImage } from './choose-image.ts';
import { foremost } from './foremost.ts';
import type { Choose } from './launch-environment.ts';
import { runningIn } from './running-in.ts';

/** The image that may go to an environment by its rules, or the one that was asked for. */
export function promoted(options: {
  readonly image?: string | undefined;
  readonly override?: string | undefined;
}): Choose {
  return async (template, _found, { environment, ports }, signal) => {
    const { after, soak, 'max-age': maxAge } = environment.config;
    const platform = platformOf(environment.config, template);
    const rules = { name: environment.name, platform, after, soak, maxAge };
    const { image: wanted, override } = options;
    const request = { environment: rules, template, now: new Date(), wanted, override };
    return await chooseImage(request, { ...ports, running: runningIn(ports) }, signal);
  };
}

/** The image that was healthy there before the one that runs now. */
export function previous(options: { readonly override?: string | undefined }): Choose {
  return async (template, found, around, signal) => {
    const { environment, ports } = around;
    const now = runningNow(found, environment.name, template);
    const before = await ports.history.previousHealthy(environment.name, template, now.digest);
    if (before === undefined) {
      throw new Fault(
        'NO_PREVIOUS_IMAGE',
        `${environment.name} runs ${now.image}, and no other image of ${template} was healthy there before`,
        {
          hint: `\`launch history --env ${environment.name}\` shows what was; --image NAME@VERSION launches a certain one.`,
        },
      );
    }
    return await again(before.image, 'rolled back', options)(template, found, around, signal);
  };
}

/** The image that runs there now. */
export function same(options: { readonly override?: string | undefined }): Choose {
  return async (template, found, around, signal) => {
    const now = runningNow(found, around.environment.name, template);
    return await again(now.image, 'it runs there', options)(template, found, around, signal);
  };
}

/** What serves, or what ran there. */
function runningNow(found: readonly Instance[], environment: string, template: string): Instance {
  const now = foremost(found);
  if (now !== undefined) return now;
  throw new Fault('INSTANCE_UNKNOWN', `${environment} runs no ${template}`, {
    hint: `Launch it: \`launch ${template} --env ${environment}\`.`,
  });
}

/** An image that was in the environment already: what it must have been through to come there is not asked again. */
function again(
  image: string,
  reason: string,
  { override }: { readonly override?: string | undefined },
): Choose {
  return async (template, _found, { environment, ports }, signal): Promise<ChosenImage> => {
    const rules = { name: environment.name, platform: platformOf(environment.config, template) };
    const request = { environment: rules, template, wanted: image, override, now: new Date() };
    const chosen = await chooseImage(request, { ...ports, running: runningIn(ports) }, signal);
    return { ...chosen, reason };
  };
}
