import { dirname, join } from 'node:path';
import { kilnHome } from '../../core/home.ts';
import { newBakeId } from '../../core/ids.ts';
import { makeNamedFolder } from '../../core/named-folder.ts';
import { newOutput } from '../export/new-output.ts';
import { recordedScope } from '../recorded-scope.ts';
import type { ScheduleFile } from './schedule.ts';

/**
 * Writes the files into a folder, all or none of them; USAGE where one is there already, unless `force` replaces it, and
 * where nothing can be written.
 */
export async function saveSchedule(
  files: readonly ScheduleFile[],
  folder: string,
  force: boolean,
  signal: AbortSignal,
): Promise<void> {
  await using scope = recordedScope(kilnHome(), { run: newBakeId(), what: `schedule in ${folder}` });
  const outputs = [];
  for (const { name, text } of files) {
    const path = join(folder, name);
    await makeNamedFolder(dirname(path), { what: 'schedule', option: '-o' });
    outputs.push({ text, output: await newOutput(path, force, scope) });
  }
  for (const { text, output } of outputs) await output.write(pieces(text), signal);
  for (const { output } of outputs) await output.finish();
}

async function* pieces(text: string): AsyncIterable<Uint8Array> {
  yield Buffer.from(text);
}
