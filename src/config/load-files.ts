import { type Base, baseSchema } from './base.ts';
import { checksSchema } from './checks.ts';
import { defaultsSchema, withDefaults } from './defaults.ts';
import { refuseGoTemplatesInChecks } from './go-templates.ts';
import { type ResolvedChecks, resolveChecks } from './goss-files.ts';
import { type Loaded, type LoadedFile, loadFile, type Written } from './load-file.ts';
import { short } from './printable.ts';
import type { Problem } from './problem.ts';
import { property } from './property.ts';
import type { RealRoot } from './real-root.ts';
import { type Template, templateSchema, type WrittenTemplate } from './template.ts';
import { nameProblem } from './text.ts';

/** Files of one kind by name, and what is wrong with any of them. */
export interface LoadedFiles<T> {
  /** All that are YAML. */
  readonly written: ReadonlyMap<string, Written>;
  /** Those of them that are valid. */
  readonly loaded: ReadonlyMap<string, Loaded<T>>;
  readonly problems: readonly Problem[];
}

export const DEFAULTS_FILE = templateFile('defaults');

export function templateFile(name: string): string {
  return `templates/${name}.yaml`;
}

export function baseFile(name: string): string {
  return `templates/bases/${name}.yaml`;
}

/** `templates/defaults.yaml`; its raw value is what templates are laid over. */
export function loadDefaults(root: RealRoot, signal: AbortSignal): Promise<LoadedFile<unknown>> {
  return loadFile<unknown>(root, DEFAULTS_FILE, defaultsSchema, { signal });
}

/** Templates, with the other files that each takes checks from, by name. */
export interface LoadedTemplates extends LoadedFiles<Template> {
  readonly includes: ReadonlyMap<string, readonly string[]>;
}

/** The templates of these names, each over the defaults and with the checks of the files that it names. */
export async function loadTemplates(
  root: RealRoot,
  names: readonly string[],
  defaults: unknown,
  signal: AbortSignal,
): Promise<LoadedTemplates> {
  const prepare = (raw: unknown) => withDefaults(raw, defaults);
  const options = { signal, prepare, refuse: refuseGoTemplatesInChecks };
  const includes = new Map<string, readonly string[]>();
  const files = await loadAll(names, async (name) => {
    const template = await loadFile(root, templateFile(name), templateSchema, options);
    const resolved = await checksOf(root, template, signal);
    if (resolved === undefined) return { ...template, loaded: undefined };
    includes.set(name, resolved.files);
    return { ...template, ...withChecks(template, resolved) };
  });
  return { ...files, includes };
}

/** Also of a template that is not valid, so that all that is wrong is told at once. */
async function checksOf(
  root: RealRoot,
  { written, loaded }: LoadedFile<WrittenTemplate>,
  signal: AbortSignal,
): Promise<ResolvedChecks | undefined> {
  if (written === undefined) return undefined;
  const checks = loaded?.value.checks ?? checksSchema.safeParse(property(written.raw, 'checks')).data;
  return checks === undefined ? undefined : await resolveChecks(root, written, checks, signal);
}

function withChecks(
  { loaded, problems }: LoadedFile<WrittenTemplate>,
  { checks, problems: more }: ResolvedChecks,
): Pick<LoadedFile<Template>, 'loaded' | 'problems'> {
  const isSound = loaded !== undefined && more.length === 0;
  return {
    loaded: isSound ? { ...loaded, value: { ...loaded.value, checks } } : undefined,
    problems: [...problems, ...more],
  };
}

/** The bases of these names, each with its name, which its file can leave out. */
export function loadBases(
  root: RealRoot,
  names: readonly string[],
  signal: AbortSignal,
): Promise<LoadedFiles<Base>> {
  return loadAll(names, async (name) => {
    const { loaded, ...rest } = await loadFile(root, baseFile(name), baseSchema, { signal });
    return { ...rest, loaded: loaded && { ...loaded, value: { name, ...loaded.value } } };
  });
}

async function loadAll<T>(
  names: readonly string[],
  load: (name: string) => Promise<LoadedFile<T>>,
): Promise<LoadedFiles<T>> {
  const files = await Promise.all(names.map(async (name) => ({ name, ...(await load(name)) })));
  return {
    written: new Map(files.flatMap(({ name, written }) => (written === undefined ? [] : [[name, written]]))),
    loaded: new Map(files.flatMap(({ name, loaded }) => (loaded === undefined ? [] : [[name, loaded]]))),
    problems: files.flatMap(({ name, written, problems }) => [...problems, ...otherName(name, written)]),
  };
}

/** A file's name and the name in it must be the same, or one of them would be believed wrongly. */
function otherName(name: string, written: Written | undefined): Problem[] {
  const inside = written === undefined ? undefined : property(written.raw, 'name');
  if (written === undefined || typeof inside !== 'string' || inside === name) return [];
  if (nameProblem(inside) !== undefined) return [];
  const message = `\`name\` is \`${short(inside)}\`, but the file is ${written.file}`;
  const hint = `write \`name: ${name}\`, or rename the file`;
  return [written.problemAt(['name'], { code: 'wrong-name', message, hint })];
}
