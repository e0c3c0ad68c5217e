import { absentHint } from './check-after.ts';
import type { Loaded } from './load-file.ts';
import { suggestion } from './nearest.ts';
import type { Problem } from './problem.ts';
import type { WorkspaceFile } from './workspace-file.ts';

/** An environment that the nightly rebuild is to launch in, and that is not there. */
export function checkNightly(
  file: Loaded<WorkspaceFile> | undefined,
  names: readonly string[],
  absent: readonly string[],
): Problem[] {
  const launch = file?.value.nightly?.launch;
  if (file === undefined || launch === undefined || names.includes(launch)) return [];
  const hint = suggestion(launch, names, 'the environments are') ?? absentHint(absent);
  const message = `there is no environment \`${launch}\``;
  return [file.problemAt(['nightly', 'launch'], { code: 'unknown-environment', message, hint })];
}
