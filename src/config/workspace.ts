import { capitalized } from '../core/capitalized.ts';
import { Fault } from '../core/fault.ts';
import { assertValid } from './assert-valid.ts';
import type { Base } from './base.ts';
import { checkBases } from './check-bases.ts';
import { checkMachines } from './check-machines.ts';
import { checkPaths } from './check-paths.ts';
import { listFiles } from './list-files.ts';
import type { Loaded } from './load-file.ts';
import {
  baseFile,
  DEFAULTS_FILE,
  loadBases,
  loadDefaults,
  loadTemplates,
  templateFile,
} from './load-files.ts';
import { suggestion } from './nearest.ts';
import { short } from './printable.ts';
import { inOrder, type Problem } from './problem.ts';
import { realRootOf } from './real-root.ts';
import type { Template } from './template.ts';

export type LoadedTemplate = Loaded<Template>;
export type LoadedBase = Loaded<Base>;

/** All files of a workspace. The maps hold, by name, those that their schema accepts; `problems` is about all. */
export interface Workspace {
  readonly root: string;
  readonly templates: ReadonlyMap<string, LoadedTemplate>;
  readonly bases: ReadonlyMap<string, LoadedBase>;
  /** Every template's name, those included whose file is not valid; sorted. */
  readonly templateNames: readonly string[];
  /** The files, other than its own, that each template takes checks from, by name. */
  readonly includes: ReadonlyMap<string, readonly string[]>;
  /** By file and position. */
  readonly problems: readonly Problem[];
}

/** Reads and checks every template, base and the defaults; what is wrong is in `problems`, never thrown. */
export async function loadWorkspace(path: string, signal = new AbortController().signal): Promise<Workspace> {
  const root = await realRootOf(path);
  const [listed, listedBases] = await Promise.all([
    listFiles(root, 'templates'),
    listFiles(root, 'templates/bases'),
  ]);
  const templateNames = listed.names.filter((name) => templateFile(name) !== DEFAULTS_FILE);
  const baseNames = listedBases.names;
  const hasDefaults = templateNames.length < listed.names.length;
  const defaults = hasDefaults ? await loadDefaults(root, signal) : undefined;
  const [templates, bases] = await Promise.all([
    loadTemplates(root, templateNames, defaults?.loaded?.raw, signal),
    loadBases(root, baseNames, signal),
  ]);
  const problems = [
    ...listed.problems,
    ...listedBases.problems,
    ...(defaults?.problems ?? []),
    ...templates.problems,
    ...bases.problems,
    ...checkBases({ templates: templates.written, bases: bases.written, templateNames, baseNames }),
    ...checkMachines(templates.loaded, bases.loaded),
    ...(await checkPaths(root, templates.written.values(), signal)),
  ];
  return {
    root: path,
    templates: templates.loaded,
    bases: bases.loaded,
    templateNames,
    includes: templates.includes,
    problems: inOrder(problems),
  };
}

/** A template that can be used. Throws TEMPLATE_UNKNOWN, or CONFIG_INVALID when its file is not valid. */
export function requireTemplate(workspace: Workspace, name: string): LoadedTemplate {
  const { templates, templateNames } = workspace;
  const template = templates.get(name);
  if (template !== undefined) return template;
  if (templateNames.includes(name)) assertValid(problemsOf(workspace, name));
  throw noTemplate(name, templateNames);
}

/** The fault for a name that is not among those of the templates: `TEMPLATE_UNKNOWN`. */
export function noTemplate(name: string, known: readonly string[]): Fault {
  const hint = suggestion(name, known, 'the templates are') ?? 'there are no templates in the workspace yet';
  return new Fault('TEMPLATE_UNKNOWN', `there is no template \`${short(name)}\``, {
    hint: capitalized(hint),
  });
}

/** The problems that concern one template: those of its files, its base and what that is made from, and the defaults. */
export function problemsOf({ templates, bases, includes, problems }: Workspace, name: string): Problem[] {
  const files = new Set([DEFAULTS_FILE]);
  for (let next: string | undefined = name; next !== undefined && !files.has(templateFile(next)); ) {
    files.add(templateFile(next));
    for (const file of includes.get(next) ?? []) files.add(file);
    const base: string | undefined = templates.get(next)?.value.base;
    if (base !== undefined) files.add(baseFile(base));
    next = base === undefined ? undefined : parentOf(bases.get(base)?.value);
  }
  return problems.filter(({ file }) => files.has(file));
}

/** The template that a base is an image of. */
function parentOf(base: Base | undefined): string | undefined {
  return base !== undefined && 'bake' in base ? base.bake : undefined;
}
