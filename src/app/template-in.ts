import { parseRef } from '../catalogue/parse-ref.ts';
import { Fault } from '../core/fault.ts';

/** The template that `web` names, for a verb that tells of all its images; `USAGE` for one version, as in `web@7`. */
export function templateIn(ref: string, verb: 'list' | 'history'): string {
  const { template } = parseRef(ref);
  if (template === ref) return template;
  throw new Fault('USAGE', `a ${verb} is one of all images of ${template}`, {
    hint: `\`bake ${verb} ${template}\` prints it; \`bake show ${ref}\` prints one image.`,
  });
}
