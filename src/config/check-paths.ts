import { declaredPaths } from './declared-paths.ts';
import type { Loaded } from './load-file.ts';
import { createPathChecks } from './path-checks.ts';
import type { Problem } from './problem.ts';
import type { RealRoot } from './real-root.ts';
import type { Template } from './template.ts';

/** Looks for every file and folder that the templates name; each path is looked at once. */
export async function checkPaths(
  root: RealRoot,
  templates: readonly Loaded<Template>[],
  signal: AbortSignal,
): Promise<Problem[]> {
  const check = createPathChecks(root);
  const problems = await Promise.all(
    templates.map(async ({ value, problemAt }) => {
      signal.throwIfAborted();
      const found = declaredPaths(value).map(async ({ path, kind, at }) => {
        const details = await check(path, kind);
        return details.map((detail) => problemAt(at, detail));
      });
      return (await Promise.all(found)).flat();
    }),
  );
  return problems.flat();
}
