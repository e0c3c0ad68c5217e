import { access, constants, mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { writeFileAtomically } from '../../core/atomic-file.ts';
import { Fault } from '../../core/fault.ts';
import { redact } from '../../core/redaction.ts';
import { jsonText } from '../../ui/json-text.ts';
import { nightlyHtml } from '../../ui/nightly/html.ts';
import { nightlyJunit } from '../../ui/nightly/junit.ts';
import { nightlyMarkdown } from '../../ui/nightly/markdown.ts';
import type { NightlyView } from '../../ui/nightly/view.ts';

/** The files of a night's report: for people, for a browser, for CI and for programs. */
const REPORTS: Readonly<Record<string, (view: NightlyView) => string>> = {
  'report.md': nightlyMarkdown,
  'report.html': nightlyHtml,
  'junit.xml': nightlyJunit,
  'report.json': (view) => `${jsonText(view, 2)}\n`,
};

/** Makes the folder of `--report`; `USAGE` when nothing can be written there. */
export async function openReports(folder: string): Promise<{ write(view: NightlyView): Promise<void> }> {
  const path = resolve(folder);
  try {
    await mkdir(path, { recursive: true });
    await access(path, constants.W_OK);
  } catch (error) {
    throw new Fault('USAGE', `no report can be written to ${folder}: ${(error as Error).message}`, {
      hint: 'Name with --report a folder that you may write to; it is made when it is not there.',
    });
  }
  return {
    async write(view) {
      const written = Object.entries(REPORTS).map(([name, text]) =>
        writeFileAtomically(join(path, name), redact(text(view))),
      );
      await Promise.all(written);
    },
  };
}
