import { Fault } from '../core/fault.ts';
import { short } from './printable.ts';
import type { Problem } from './problem.ts';
import { renderProblem } from './render-problem.ts';

/** Throws CONFIG_INVALID with every problem rendered in its details, unless there is none. */
export function assertValid(problems: readonly Problem[]): void {
  if (problems.length === 0) return;
  const files = [...new Set(problems.map(({ file }) => file))];
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
  const where = files.length === 1 ? short(files[0] ?? '') : `${files.length} files`;
  throw new Fault('CONFIG_INVALID', `${count} in ${where}`, { details: problems.flatMap(renderProblem) });
}
