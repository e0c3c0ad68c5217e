import { compareVersions } from './package-version.ts';

/** What a package's maintainers say of one version. */
export interface ChangelogEntry {
  readonly version: string;
  /** Where it went to and how urgent it is: `bookworm-security; urgency=high`. */
  readonly about: string;
  /** As it is written, less empty lines: `  * CVE-2026-1: …`. */
  readonly lines: readonly string[];
  /** As it is written: `Mon, 02 Nov 2026 10:00:00 +0000`. */
  readonly date?: string;
}

export interface ChangelogPart {
  /** The source package, by whose name and versions a changelog goes. */
  readonly source?: string;
  /** The newest first. */
  readonly entries: readonly ChangelogEntry[];
  /** There is more than is kept. */
  readonly cut: boolean;
}

/** Characters of entries that are kept of one changelog; a point release's are some hundreds. */
const KEPT = 65_536;

/** deb-changelog(5): `package (version) distributions; metadata`. */
const HEADER = /^([A-Za-z0-9][A-Za-z0-9+.-]*) \(([^()\s]+)\)((?:\s+[A-Za-z0-9+.-]+)+;.*)$/;
const TRAILER = /^ --(?: .*>)? {2}(\S.*)$/;

/**
 * Reads a changelog, the newest entry first, down to the older version, which is left out as all before it is. Nothing
 * after that is asked for, nor after so much that the rest is cut. Lines that are of no entry are passed over.
 */
export async function readChangelog(
  lines: AsyncIterable<string> | Iterable<string>,
  { from, to }: { readonly from: string; readonly to: string },
): Promise<ChangelogPart> {
  const entries: { version: string; about: string; lines: string[]; date?: string }[] = [];
  let source: string | undefined;
  let kept = 0;
  let cut = false;
  let entry: (typeof entries)[number] | undefined;
  for await (const line of lines) {
    const [, name, version, about] = HEADER.exec(line) ?? [];
    if (name !== undefined && version !== undefined && about !== undefined) {
      if (compareVersions(version, from) <= 0) break;
      source ??= name;
      entry = { version, about: about.trim(), lines: [] };
      // A package may number its versions otherwise than its source does: then these are none of its own.
      if (compareVersions(version, to) <= 0) entries.push(entry);
      continue;
    }
    const date = TRAILER.exec(line)?.[1];
    if (entry === undefined || line.trim() === '') continue;
    if (date !== undefined) entry.date = date;
    else entry.lines.push(line.trimEnd());
    kept += line.length;
    if (kept <= KEPT) continue;
    cut = true;
    break;
  }
  return { ...(source === undefined ? {} : { source }), entries, cut };
}
