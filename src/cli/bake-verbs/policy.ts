import { configuredPolicy } from '../../app/aws-policy.ts';
import { jsonText } from '../../ui/json-text.ts';
import type { Answer } from '../answer.ts';
import { type AwsUse, awsUses } from '../aws-flags.ts';

/** `bake policy`: the least IAM policy for what is done in AWS, as JSON. */
export async function policy(use: AwsUse): Promise<Answer> {
  const found = await configuredPolicy(awsUses(use));
  return { lines: jsonText(found, 2).split('\n'), json: found };
}
