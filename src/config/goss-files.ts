import { posix } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { type Checks, gossFileSchema, type WrittenChecks } from './checks.ts';
import { expandPattern, isPattern } from './glob.ts';
import { refuseGoTemplates } from './go-templates.ts';
import { type Loaded, loadFile, type Path } from './load-file.ts';
import { createPathChecks } from './path-checks.ts';
import { short } from './printable.ts';
import type { Problem } from './problem.ts';
import { type RealRoot, realPathInside } from './real-root.ts';

/** Checks with those of all the files that they include. */
export interface ResolvedChecks {
  /** Of what could be read, when there are problems. */
  readonly checks: Checks;
  /** The files that hold them, beside the one that names the first of them, sorted. */
  readonly files: readonly string[];
  readonly problems: readonly Problem[];
}

/** A file that names others. */
type Naming = Pick<Loaded<unknown>, 'file' | 'problemAt' | 'positionOf'>;

/** One check where it is written. */
interface Found {
  readonly kind: string;
  readonly name: string;
  readonly check: unknown;
  readonly naming: Naming;
  readonly at: Path;
}

interface Walk {
  readonly root: RealRoot;
  readonly signal: AbortSignal;
  readonly files: Set<string>;
  readonly problems: Problem[];
}

/** A template's checks, which stand at `checks` in it, with those of the goss files that it names. */
export async function resolveChecks(
  root: RealRoot,
  template: Naming,
  written: WrittenChecks & { readonly goss?: string },
  signal: AbortSignal,
): Promise<ResolvedChecks> {
  const { goss, ...own } = written;
  const walk: Walk = { root, signal, files: new Set(), problems: [] };
  const found = await collect(walk, template, ['checks'], own, []);
  if (goss !== undefined)
    found.push(...(await include(walk, { naming: template, at: ['checks', 'goss'] }, goss, [])));
  return result(walk, found);
}

/** The checks of a goss file of the workspace, or of another folder. */
export async function loadGossFile(
  root: RealRoot,
  path: string,
  signal: AbortSignal,
): Promise<ResolvedChecks> {
  const walk: Walk = { root, signal, files: new Set(), problems: [] };
  const real = await realPathInside(root, posix.join(root.path, path));
  return result(walk, await read(walk, path, [real]));
}

function result(walk: Walk, found: readonly Found[]): ResolvedChecks {
  return { checks: merge(walk, found), files: [...walk.files].sort(), problems: walk.problems };
}

/** The checks of one file and of those that it includes, which come in the order of their keys, as in goss. */
async function collect(
  walk: Walk,
  naming: Naming,
  at: Path,
  { gossfile = {}, ...checks }: WrittenChecks,
  chain: readonly string[],
): Promise<Found[]> {
  const found: Found[] = Object.entries(checks).flatMap(([kind, named]) =>
    Object.entries(named ?? {}).map(([name, check]) => ({
      kind,
      name,
      check: check as unknown,
      naming,
      at: [...at, kind, name],
    })),
  );
  for (const key of Object.keys(gossfile).sort()) {
    const { file = key, skip = false } = gossfile[key] ?? {};
    if (skip) continue;
    const place = { naming, at: [...at, 'gossfile', key, ...(file === key ? [] : ['file'])] };
    const folder = posix.dirname(naming.file.slice(walk.root.shown.length));
    const path = posix.join(folder, file);
    found.push(...(await include(walk, place, file.startsWith('/') ? file : path, chain)));
  }
  return found;
}

interface Place {
  readonly naming: Naming;
  readonly at: Path;
}

/** The checks of a file, or of all that a pattern means, relative to the root. */
async function include(walk: Walk, place: Place, path: string, chain: readonly string[]): Promise<Found[]> {
  const refuse = (code: Problem['code'], message: string, hint?: string) => {
    walk.problems.push(place.naming.problemAt(place.at, { code, message, hint }));
    return [];
  };
  if (path.startsWith('/') || path === '..' || path.startsWith('../'))
    return refuse('path-outside', `\`${short(path, 200)}\` leads out of ${walk.root.called}`);
  let paths = [path];
  if (isPattern(path)) {
    try {
      paths = await expandPattern(walk.root, path);
    } catch (error) {
      return refuse('wrong-value', `\`${short(path, 200)}\` is no pattern: ${(error as Error).message}`);
    }
    if (paths.length === 0) return refuse('file-missing', `no file is like \`${short(path, 200)}\``);
  }
  const found: Found[] = [];
  for (const one of paths) {
    const [wrong] = await createPathChecks(walk.root)(one, 'file');
    if (wrong !== undefined) {
      refuse(wrong.code, wrong.message, wrong.hint);
      continue;
    }
    const real = await realPathInside(walk.root, posix.join(walk.root.path, one));
    if (chain.includes(real)) {
      const way = [...chain.slice(chain.indexOf(real)), real].map((name) =>
        posix.relative(walk.root.real, name),
      );
      refuse('checks-cycle', `these files include each other: ${way.join(' → ')}`);
      continue;
    }
    found.push(...(await read(walk, one, [...chain, real])));
  }
  return found;
}

async function read(walk: Walk, path: string, chain: readonly string[]): Promise<Found[]> {
  const { root, signal } = walk;
  walk.files.add(`${root.shown}${path}`);
  const { loaded, problems } = await loadFile(root, path, gossFileSchema, {
    signal,
    refuse: refuseGoTemplates,
  });
  walk.problems.push(...problems);
  return loaded === undefined ? [] : await collect(walk, loaded, [], loaded.value, chain);
}

/** One check may be written twice, but not otherwise: goss would take the one that it reads last. */
function merge({ problems }: Walk, found: readonly Found[]): Checks {
  const first = new Map<string, Found>();
  const checks: Record<string, Record<string, unknown>> = {};
  for (const one of found) {
    const { kind, name, check, naming, at } = one;
    const key = JSON.stringify([kind, name]);
    const before = first.get(key);
    if (before === undefined) {
      first.set(key, one);
      checks[kind] = { ...checks[kind], [name]: check };
    } else if (!isDeepStrictEqual(before.check, check)) {
      const { line } = before.naming.positionOf(before.at, 'key');
      problems.push(
        naming.problemAt(at, {
          code: 'duplicate-key',
          message: `\`${kind} ${short(name)}\` is checked twice, and not for the same`,
          hint: `it is on line ${line} of ${before.naming.file}, too; goss would forget one of them`,
        }),
      );
    }
  }
  return checks as Checks;
}
