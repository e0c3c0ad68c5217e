import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Environments, LoadedEnvironment } from '../config/environments.ts';
import type { Hierarchy } from '../config/hierarchy.ts';
import type { Problem } from '../config/problem.ts';
import type { Workspace } from '../config/workspace.ts';
import { Fault } from '../core/fault.ts';
import type { DataProblem } from '../environments/data-problem.ts';
import { resolveData } from '../environments/resolve-data.ts';
import { nodeOf } from './launch/node.ts';

/**
 * Looks up, for every instance that an environment declares, all data that its template asks for: values that are
 * missing or of another type, and files of data on the way there that cannot be read.
 */
export async function lintData(
  { root, templates }: Workspace,
  environments: Environments,
  signal: AbortSignal,
): Promise<Problem[]> {
  const told: Told = new Map();
  const unreadable = await Promise.all(
    [...environments.environments.values()].flatMap((environment) => {
      const hierarchy = hierarchyOf(environments, environment.name);
      if (hierarchy === undefined) return [];
      return instancesOf(environment).map((instance) => lintInstance(instance, environment, hierarchy));
    }),
  );
  const found = await Promise.all([...told.values()].map((entry) => placed(root, entry)));
  return [...unreadable.flat(), ...found];

  /** Gives what is wrong with files; what is wrong with values is noted. */
  async function lintInstance(
    { template, ...context }: Instance,
    environment: LoadedEnvironment,
    hierarchy: Hierarchy,
  ): Promise<Problem[]> {
    signal.throwIfAborted();
    const unreadable: Problem[] = [];
    const declared = templates.get(template)?.value.data ?? {};
    const { problems } = await resolveData(declared, forgiving(hierarchy, unreadable), context, signal);
    // What an unreadable file says would be told as missing.
    if (unreadable.length > 0) return unreadable;
    const found = problems.map((problem) => atImage(problem, hierarchy, environment, template));
    note(told, found, `${template} in ${environment.name}`);
    return [];
  }
}

/** None where its hiera.yaml is not valid, which is told already. */
function hierarchyOf(environments: Environments, name: string): Hierarchy | undefined {
  try {
    return environments.hierarchyOf(name);
  } catch (error) {
    if (error instanceof Fault && error.code === 'CONFIG_INVALID') return undefined;
    throw error;
  }
}

interface Instance {
  readonly template: string;
  readonly env: string;
  readonly role: string;
  readonly node: string;
}

function instancesOf({ name: env, config }: LoadedEnvironment): Instance[] {
  return Object.entries(config.images).flatMap(([template, { count, role = template }]) =>
    Array.from({ length: count }, (_, index) => {
      return { template, env, role, node: nodeOf({ template, slot: index + 1 }) };
    }),
  );
}

/** A hierarchy that takes a file that cannot be read for one that is not there, and tells why. */
function forgiving(hierarchy: Hierarchy, unreadable: Problem[]): Hierarchy {
  return {
    ...hierarchy,
    async read(path, signal) {
      const { data, problems } = await hierarchy.look(path, signal);
      unreadable.push(...problems);
      return data;
    },
  };
}

/** What no file of data has is told where the image is declared, and not at the start of hiera.yaml. */
function atImage(
  problem: DataProblem,
  { file }: Hierarchy,
  { loaded }: LoadedEnvironment,
  template: string,
): DataProblem {
  if (problem.file !== file || problem.line > 1 || problem.column > 1) return problem;
  return { ...problem, file: loaded.file, ...loaded.positionOf(['images', template]) };
}

/** Each problem once, with the instances that have it. */
type Told = Map<string, { readonly problem: DataProblem; readonly whose: Set<string> }>;

function note(told: Told, problems: readonly DataProblem[], whose: string): void {
  for (const problem of problems) {
    const key = [problem.file, problem.line, problem.column, problem.message].join('\0');
    const entry = told.get(key) ?? { problem, whose: new Set() };
    entry.whose.add(whose);
    told.set(key, entry);
  }
}

async function placed(
  root: string,
  { problem, whose }: { problem: DataProblem; whose: ReadonlySet<string> },
): Promise<Problem> {
  const { file, line, column, message, hint } = problem;
  const text = await readFile(join(root, file), 'utf8').catch(() => '');
  const [first = '', ...others] = [...whose].sort();
  const more = others.length === 0 ? '' : ` and ${others.length} more`;
  return {
    code: 'wrong-data',
    file,
    line,
    column,
    message: `${message} (for ${first}${more})`,
    excerpt: text.split(/\r?\n/)[line - 1] ?? '',
    ...(hint !== undefined && { hint }),
  };
}
