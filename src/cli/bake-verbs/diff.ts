import { diffImages, type ImageDiff } from '../../app/compare/diff-images.ts';
import {
  type ChangelogPorts,
  type PackageChangelog,
  readChangelogs,
} from '../../app/compare/read-changelogs.ts';
import { openExport } from '../../app/export/open-export.ts';
import { openCatalogue } from '../../app/open-catalogue.ts';
import { Fault } from '../../core/fault.ts';
import { cleanupText } from '../../ui/cleanup-text.ts';
import { diffLines } from '../../ui/diff-lines.ts';
import { faultJson } from '../../ui/fault-json.ts';
import type { Answer, VerbContext } from '../answer.ts';
import type { DiffFlags } from '../diff-flags.ts';

/**
 * `bake diff BEFORE AFTER`: packages, services, users, ports and files that differ, and why. With `--changelog` what the
 * upgraded packages' changelogs say; where they cannot be had, the rest is told all the same.
 */
export async function diff(
  before: string,
  after: string,
  { changelog = false, all = false }: DiffFlags,
  context: VerbContext,
): Promise<Answer> {
  const found = await diffImages(before, after, openCatalogue());
  if (!changelog) return { lines: diffLines(found, { all }), json: found };
  const read = await changelogsOf(found, context);
  if (Array.isArray(read)) {
    const told = { ...found, changelogs: read };
    return { lines: diffLines(told, { all }), json: told };
  }
  return {
    lines: diffLines(found, { all }),
    json: { ...found, changelogsUnknown: faultJson(read) },
    failures: [{ error: read }],
  };
}

async function changelogsOf(
  found: ImageDiff,
  { display, signal }: VerbContext,
): Promise<PackageChangelog[] | Fault> {
  const ports: ChangelogPorts = {
    ...openExport(),
    catalogue: openCatalogue(),
    onProgress: (what, percent) => display.progress(what, percent),
    onCleanup(outcome) {
      if (outcome.state !== 'removed') display.say(cleanupText(outcome));
    },
  };
  try {
    return await readChangelogs(found, ports, signal);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof Fault) return error;
    throw error;
  }
}
