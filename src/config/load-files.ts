import { type Base, baseSchema } from './base.ts';
import { defaultsSchema, withDefaults } from './defaults.ts';
import { type Loaded, type LoadedFile, loadFile } from './load-file.ts';
import { short } from './printable.ts';
import type { Problem } from './problem.ts';
import type { RealRoot } from './real-root.ts';
import { type Template, templateSchema } from './template.ts';

/** Files of one kind by name, and what is wrong with any of them. */
export interface LoadedFiles<T> {
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

/** The templates of these names, each over the defaults. */
export function loadTemplates(
  root: RealRoot,
  names: readonly string[],
  defaults: unknown,
  signal: AbortSignal,
): Promise<LoadedFiles<Template>> {
  const prepare = (raw: unknown) => withDefaults(raw, defaults);
  return loadAll(names, (name) => loadFile(root, templateFile(name), templateSchema, { signal, prepare }));
}

/** The bases of these names, each with its name, which its file can leave out. */
export function loadBases(
  root: RealRoot,
  names: readonly string[],
  signal: AbortSignal,
): Promise<LoadedFiles<Base>> {
  return loadAll(names, async (name) => {
    const { loaded, problems } = await loadFile(root, baseFile(name), baseSchema, { signal });
    return { loaded: loaded && { ...loaded, value: { name, ...loaded.value } }, problems };
  });
}

async function loadAll<T>(
  names: readonly string[],
  load: (name: string) => Promise<LoadedFile<T>>,
): Promise<LoadedFiles<T>> {
  const files = await Promise.all(names.map(load));
  const loaded = new Map<string, Loaded<T>>();
  const problems = files.flatMap((file, index) => {
    const name = names[index] ?? '';
    if (file.loaded === undefined) return file.problems;
    loaded.set(name, file.loaded);
    return [...file.problems, ...otherName(name, file.loaded)];
  });
  return { loaded, problems };
}

/** A file's name and the name in it must be the same, or one of them would be believed wrongly. */
function otherName(name: string, { raw, file, problemAt }: Loaded<unknown>): Problem[] {
  const written = (raw as { readonly name?: unknown }).name;
  if (written === undefined || written === name) return [];
  const message = `\`name\` is \`${short(String(written))}\`, but the file is ${file}`;
  return [
    problemAt(['name'], { code: 'wrong-name', message, hint: `write \`name: ${name}\`, or rename the file` }),
  ];
}
