import { diffEnvironments } from '../../app/launch/diff-environments.ts';
import { environmentDiffLines } from '../../ui/environment-diff-lines.ts';
import type { Answer, VerbContext } from '../answer.ts';
import type { EnvironmentFlags } from '../launch-flags.ts';

/** `launch env diff BEFORE AFTER`: settings and data that differ, and which secrets only one has. */
export async function envDiff(
  before: string,
  after: string,
  { environments }: Partial<EnvironmentFlags>,
  { workspace, signal }: VerbContext,
): Promise<Answer> {
  const request = { workspace, before, after, environments };
  const diff = await diffEnvironments(request, signal);
  return { lines: environmentDiffLines(diff), json: diff };
}
