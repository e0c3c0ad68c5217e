import { declaredPaths } from './declared-paths.ts';
import type { Written } from './load-file.ts';
import { createPathChecks } from './path-checks.ts';
import type { Problem } from './problem.ts';
import type { RealRoot } from './real-root.ts';

/** Looks for every file and folder that the templates name; each path is looked at once. */
export async function checkPaths(
  root: RealRoot,
  templates: Iterable<Written>,
  signal: AbortSignal,
): Promise<Problem[]> {
  const check = createPathChecks(root);
  const problems = await Promise.all(
    [...templates].map(async ({ raw, problemAt }) => {
      signal.throwIfAborted();
      const found = declaredPaths(raw).map(async ({ path, kind, at }) => {
        const details = await check(path, kind);
        return details.map((detail) => problemAt(at, detail));
      });
      return (await Promise.all(found)).flat();
    }),
  );
  return problems.flat();
}
