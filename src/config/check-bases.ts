import type { Base } from './base.ts';
import type { Loaded } from './load-file.ts';
import { suggestion } from './nearest.ts';
import type { Problem } from './problem.ts';
import type { Template } from './template.ts';

/** All that was loaded, and the names of all that there is, broken files included. */
export interface Found {
  readonly templates: ReadonlyMap<string, Loaded<Template>>;
  readonly bases: ReadonlyMap<string, Loaded<Base>>;
  readonly templateNames: readonly string[];
  readonly baseNames: readonly string[];
}

/** Templates whose base is not there, bases of a template that is not there, and chains that come back. */
export function checkBases(found: Found): Problem[] {
  return [...unknownBases(found), ...unknownTemplates(found), ...cycles(found)];
}

function unknownBases({ templates, baseNames }: Found): Problem[] {
  return [...templates.values()].flatMap((template) => {
    const { base } = template.value;
    if (baseNames.includes(base)) return [];
    const hint = suggestion(base, baseNames, 'the bases are') ?? `write templates/bases/${base}.yaml`;
    return [
      template.problemAt(['base'], { code: 'unknown-base', message: `there is no base \`${base}\``, hint }),
    ];
  });
}

function unknownTemplates({ bases, templateNames }: Found): Problem[] {
  return [...bases.values()].flatMap((base) => {
    const template = parentOf(base.value);
    if (template === undefined || templateNames.includes(template)) return [];
    const hint = suggestion(template, templateNames, 'the templates are');
    const message = `there is no template \`${template}\` whose image this could start from`;
    return [base.problemAt(['bake'], { code: 'unknown-template', message, hint })];
  });
}

/** Told at every template of a cycle, as each of them can be where it is to be cut. */
function cycles({ templates, bases }: Found): Problem[] {
  return [...templates.entries()].flatMap(([name, template]) => {
    const chain = chainOf(name, templates, bases);
    if (chain.length < 3 || chain.at(-1) !== name) return [];
    const message = `this image would be made from itself: ${chain.join(' → ')}`;
    return [template.problemAt(['base'], { code: 'base-cycle', message })];
  });
}

/** `web`, `base hardened`, `hardened`, …, up to a base of another kind or the first template met twice. */
function chainOf(first: string, templates: Found['templates'], bases: Found['bases']): string[] {
  const chain = [first];
  const met = new Set<string>();
  for (let name: string | undefined = first; name !== undefined && !met.has(name); ) {
    met.add(name);
    const base: string | undefined = templates.get(name)?.value.base;
    name = base === undefined ? undefined : parentOf(bases.get(base)?.value);
    if (name !== undefined) chain.push(`base ${base}`, name);
  }
  return chain;
}

/** The template that a base is an image of. */
export function parentOf(base: Base | undefined): string | undefined {
  return base !== undefined && 'bake' in base ? base.bake : undefined;
}
