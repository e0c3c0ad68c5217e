import type { z } from 'zod';
import { describeIssue, describeUnion } from './describe-issue.ts';
import { valueAt } from './value-at.ts';

type Issue = z.core.$ZodIssue;

/** The issues of the one branch of a union that the value was meant for; or what all branches wanted. */
export function withoutUnions(issue: Issue, raw: unknown): Issue[] {
  if (issue.code !== 'invalid_union') return [issue];
  const meant = issue.errors.filter((branch) => !branch.some(isWrongType));
  const [branch] = meant;
  if (branch !== undefined && meant.length === 1) {
    return branch.flatMap((inner) =>
      withoutUnions({ ...inner, path: [...issue.path, ...inner.path] } as Issue, raw),
    );
  }
  const input = valueAt(raw, issue.path);
  const own = issue.errors
    .flat()
    .find((inner) => isWrongType(inner) && inner.code === 'invalid_type' && !isOurs(inner, input));
  return [{ ...issue, message: own?.message ?? describeUnion(issue.errors.flatMap(expectedOf), input) }];
}

/** Whether a message is the general one, and not what the schema itself says of such a value. */
function isOurs(issue: Issue, input: unknown): boolean {
  return issue.message === describeIssue({ ...issue, input } as z.core.$ZodRawIssue);
}

function isWrongType(issue: Issue): boolean {
  if (issue.path.length > 0) return false;
  return (
    issue.code === 'invalid_type' ||
    (issue.code === 'invalid_union' && issue.errors.every((branch) => branch.some(isWrongType)))
  );
}

function expectedOf(branch: readonly Issue[]): string[] {
  return branch.flatMap((issue) => {
    if (issue.path.length > 0) return [];
    if (issue.code === 'invalid_type') return [issue.expected];
    return issue.code === 'invalid_union' ? issue.errors.flatMap(expectedOf) : [];
  });
}
