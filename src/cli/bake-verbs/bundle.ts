import { resolve } from 'node:path';
import { writeBundle } from '../../app/write-bundle.ts';
import { formatBytes } from '../../ui/bytes.ts';
import type { Answer, VerbContext } from '../answer.ts';

/** `bake bundle NAME -o FILE`: writes the archive that a bake of it would use. */
export async function bundle(
  name: string,
  output: string,
  { workspace, signal }: VerbContext,
): Promise<Answer> {
  const file = resolve(output);
  const { digest, size } = await writeBundle({ workspace, name, file }, signal);
  return { lines: [`✔ ${output}  ${digest}  ${formatBytes(size)}`], json: { name, file, digest, size } };
}
