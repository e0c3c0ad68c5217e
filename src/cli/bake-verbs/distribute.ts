import { distributeImage } from '../../app/distribute/distribute-image.ts';
import { openDistribute } from '../../app/distribute/open-distribute.ts';
import { cleanupText } from '../../ui/cleanup-text.ts';
import { distributionLines } from '../../ui/distribution-lines.ts';
import type { Answer, VerbContext } from '../answer.ts';
import { distributionFailures, distributionJson } from './distribution-answer.ts';

/** `bake distribute IMAGE [--region R…]`: brings its AMI to where its template wants it; exits 1 when something is missing. */
export async function distribute(
  image: string,
  regions: readonly string[],
  { workspace, signal, display }: VerbContext,
): Promise<Answer> {
  const ports = {
    ...openDistribute(),
    note(message: string, done: number, all: number) {
      display.say(message);
      display.progress(`${image}: copying`, (done / all) * 100);
    },
    onCleanup: (outcome: Parameters<typeof cleanupText>[0]) => display.say(cleanupText(outcome)),
  };
  display.progress(`${image}: copying`, 0);
  const distribution = await distributeImage({ workspace, image, regions }, ports, signal);
  return {
    lines: distributionLines(distribution),
    json: distributionJson(distribution),
    failures: distributionFailures(distribution, signal),
  };
}
