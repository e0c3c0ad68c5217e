import type { Intent } from '../../core/intention.ts';
import type { Scope } from '../../core/scope.ts';
import type { Aws } from './aws.ts';
import { accountToNote } from './caller-account.ts';

/** Notes that something with the tag of a bake is about to be made, and in whose account: as another nobody finds it. */
export async function intendInCloud(
  aws: Aws,
  bake: string,
  scope: Scope,
  signal: AbortSignal,
): Promise<Intent> {
  const account = scope.recorded ? await accountToNote(aws, signal) : undefined;
  return scope.intend({ kind: 'cloud', region: aws.region, bake, account });
}
