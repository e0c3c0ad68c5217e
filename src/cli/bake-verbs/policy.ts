import { configuredPolicy } from '../../app/aws-policy.ts';
import { jsonText } from '../../ui/json-text.ts';
import type { Answer } from '../answer.ts';

/** `bake policy`: the least IAM policy for what is done in AWS, as JSON. */
export async function policy(use: 'bake' | 'launch' | 'all'): Promise<Answer> {
  const found = await configuredPolicy(use === 'all' ? ['bake', 'launch'] : [use]);
  return { lines: jsonText(found, 2).split('\n'), json: found };
}
