import { resolve } from 'node:path';
import { exportImage } from '../../app/export/export-image.ts';
import { openExport } from '../../app/export/open-export.ts';
import { Fault } from '../../core/fault.ts';
import { checksumLine } from '../../ui/checksum-line.ts';
import { cleanupText } from '../../ui/cleanup-text.ts';
import type { Answer, VerbContext } from '../answer.ts';
import type { ExportFlags } from '../export-flags.ts';

const STDOUT = '-';

/** `bake export IMAGE --format F -o FILE`: writes it, and answers with what `sha256sum -c` takes. */
export async function exportAs(
  image: string,
  flags: ExportFlags,
  { signal, display }: VerbContext,
): Promise<Answer> {
  const { format, output, force = false, compress } = flags;
  if (output === STDOUT) assertPipe(flags);
  const exported = await exportImage(
    {
      image,
      format,
      force,
      ...(output === STDOUT ? {} : { file: resolve(output) }),
      ...(compress === undefined ? {} : { compression: compress }),
    },
    {
      ...openExport(),
      stdout: process.stdout,
      onProgress: (what, percent) => display.progress(what, percent),
      note: (message) => display.say(message),
      onCleanup(outcome) {
        if (outcome.state !== 'removed') display.say(cleanupText(outcome));
      },
    },
    signal,
  );
  const line = checksumLine(exported.sha256, output);
  if (output === STDOUT) display.say(line);
  return { lines: output === STDOUT ? [] : [line], json: exported };
}

/** The answer would be in the middle of the archive, or the archive on a person's terminal. */
function assertPipe({ json }: ExportFlags): void {
  if (json === true) {
    throw new Fault('USAGE', '--json and `-o -` both want stdout', {
      hint: 'Name a file with -o, or leave --json out: the checksum is told on stderr.',
    });
  }
  if (process.stdout.isTTY === true) {
    throw new Fault('USAGE', 'an archive is not written to a terminal', {
      hint: 'Pipe it into another program, or name a file with -o.',
    });
  }
}
