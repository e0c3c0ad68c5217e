import { resolve } from 'node:path';
import { saveSchedule } from '../../app/schedule/save-schedule.ts';
import type { ScheduleFile, ScheduleKind } from '../../app/schedule/schedule.ts';
import { writeSchedule } from '../../app/schedule/write-schedule.ts';
import type { Answer, VerbContext } from '../answer.ts';
import type { ScheduleFlags } from '../schedule-flags.ts';

/** `bake schedule KIND`: prints what has the night's work done; with `-o`, saves it and prints how it is installed. */
export async function schedule(
  kind: ScheduleKind,
  flags: ScheduleFlags,
  { workspace, signal }: VerbContext,
): Promise<Answer> {
  const { at, name, shards, shard, image, output, force = false } = flags;
  const written = await writeSchedule({
    kind,
    workspace,
    at,
    name,
    ...(shards === undefined ? {} : { shards }),
    ...(shard === undefined ? {} : { shard }),
    ...(image === undefined ? {} : { image }),
  });
  const { files } = written;
  const folder = output === undefined ? undefined : resolve(output);
  if (folder !== undefined) await saveSchedule(files, folder, force, signal);
  const install = written.install(folder ?? '.');
  return {
    lines: folder === undefined ? textLines(files) : install,
    json: { kind, files, install },
  };
}

/** Several files come each under a line that names it; one is ready to be saved as it is. */
function textLines(files: readonly ScheduleFile[]): string[] {
  return files.flatMap(({ name, text }, index) => {
    const lines = text.replace(/\n$/, '').split('\n');
    if (files.length === 1) return lines;
    return [...(index === 0 ? [] : ['']), `# ${name}`, ...lines];
  });
}
