import type { ImageRecord } from '../../src/catalogue/record.ts';
import type { BakeWorkspace } from './bake-workspace.ts';

/** The record of an image, as `bake show` prints it. */
export async function readRecord(
  workspace: BakeWorkspace,
  ref: string,
  signal: AbortSignal,
): Promise<ImageRecord> {
  const { exitCode, stdout, stderr } = await workspace.bake(['show', ref, '--json'], { signal });
  if (exitCode !== 0) throw new Error(`there is no record of ${ref}: ${stderr}`);
  return JSON.parse(stdout) as ImageRecord;
}
