import { planImage } from '../../app/plan-image.ts';
import { planLines } from '../../ui/plan-lines.ts';
import type { Answer, VerbContext } from '../answer.ts';

/** `bake plan NAME`: what would be done, from which digests, and what changed since the last image. */
export async function plan(name: string, { workspace, signal }: VerbContext): Promise<Answer> {
  const planned = await planImage({ workspace, name }, signal);
  return { lines: planLines(planned), json: planned };
}
