import { join, resolve } from 'node:path';
import { writeNamedFile } from '../../core/named-file.ts';
import { makeNamedFolder, unwritable } from '../../core/named-folder.ts';
import { redactAll } from '../../core/redaction.ts';
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

const NAMED = { what: 'report', option: '--report' };

/**
 * Makes the folder of `--report`; `USAGE` when nothing can be written there. `write` throws it too, or `DISK_FULL`: what
 * can be written is.
 */
export async function openReports(folder: string): Promise<{ write(view: NightlyView): Promise<void> }> {
  const path = resolve(folder);
  await makeNamedFolder(path, NAMED);
  return {
    async write(whole) {
      // Before it is escaped for HTML: nobody would know a secret with a quote in it after that.
      const view = redactAll(whole);
      const written = Object.entries(REPORTS).map(([name, text]) =>
        writeNamedFile(join(path, name), text(view), 'nightly report'),
      );
      for (const one of await Promise.allSettled(written))
        if (one.status === 'rejected') throw unwritable(path, NAMED, one.reason);
    },
  };
}
