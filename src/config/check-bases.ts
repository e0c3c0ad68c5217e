import type { Written } from './load-file.ts';
import { suggestion } from './nearest.ts';
import type { Problem } from './problem.ts';
import { property } from './property.ts';
import { nameProblem } from './text.ts';

/** The files as they are written, valid or not, and the names of all that there are. */
export interface WrittenFiles {
  readonly templates: ReadonlyMap<string, Written>;
  readonly bases: ReadonlyMap<string, Written>;
  readonly templateNames: readonly string[];
  readonly baseNames: readonly string[];
}

/** Templates whose base is not there, bases of a template that is not there, and chains that come back. */
export function checkBases(files: WrittenFiles): Problem[] {
  return [...unknownBases(files), ...unknownTemplates(files), ...cycles(files)];
}

function unknownBases({ templates, baseNames }: WrittenFiles): Problem[] {
  return [...templates.values()].flatMap((template) => {
    const base = nameAt(template, 'base');
    if (base === undefined || baseNames.includes(base)) return [];
    const hint = suggestion(base, baseNames, 'the bases are') ?? 'write it in the folder templates/bases/';
    const message = `there is no base \`${base}\``;
    return [template.problemAt(['base'], { code: 'unknown-base', message, hint })];
  });
}

function unknownTemplates({ bases, templateNames }: WrittenFiles): Problem[] {
  return [...bases.values()].flatMap((base) => {
    const template = nameAt(base, 'bake');
    if (template === undefined || templateNames.includes(template)) return [];
    const hint = suggestion(template, templateNames, 'the templates are');
    const message = `there is no template \`${template}\` whose image this could start from`;
    return [base.problemAt(['bake'], { code: 'unknown-template', message, hint })];
  });
}

/** Told at every template of a cycle, as each of them can be where it is to be cut. */
function cycles(files: WrittenFiles): Problem[] {
  return [...files.templates].flatMap(([name, template]) => {
    const chain = chainOf(name, files);
    if (chain.length === 1 || chain.at(-1) !== name) return [];
    const message = `this image would be made from itself: ${chain.join(' → ')}`;
    return [template.problemAt(['base'], { code: 'base-cycle', message })];
  });
}

/** `web`, `base hardened`, `hardened`, …, up to a base of another kind or the first template met twice. */
function chainOf(first: string, { templates, bases }: WrittenFiles): string[] {
  const chain = [first];
  const met = new Set<string>();
  for (let name: string | undefined = first; name !== undefined && !met.has(name); ) {
    met.add(name);
    const base: string | undefined = nameAt(templates.get(name), 'base');
    name = base === undefined ? undefined : nameAt(bases.get(base), 'bake');
    if (name !== undefined) chain.push(`base ${base}`, name);
  }
  return chain;
}

/** A name; one that cannot be a name has been told by the schema. */
function nameAt(file: Written | undefined, key: string): string | undefined {
  const value = property(file?.raw, key);
  return typeof value === 'string' && nameProblem(value) === undefined ? value : undefined;
}
