import { opendirSync, statSync } from 'node:fs';

/** What a template's folder says by names alone: for each ending, `json`, the versions that have it, in no order. */
export type RecordFolder = ReadonlyMap<string, readonly number[]>;

/** How many names are asked for at once; far more, and each takes far longer. */
const BUFFER = 4096;

/**
 * Reads the names in a template's folder; none when it is not there. Nothing takes as long where it holds 100,000, so
 * it is done without a promise, a pattern or a comparison for each name, which take longer than the kernel does.
 */
export function readRecordFolder(folder: string): RecordFolder {
  const found = new Map<string, number[]>();
  // Most names end as the one before.
  let [last, versions]: [string, number[]] = ['', []];
  try {
    using names = openFolder(folder);
    for (let name = names.next(); name !== undefined; name = names.next()) {
      const dot = name.indexOf('.');
      const version = numberIn(name, dot);
      if (version === 0) continue;
      if (name.length !== dot + last.length || !name.endsWith(last)) {
        last = name.slice(dot);
        const ending = last.slice(1);
        versions = found.get(ending) ?? [];
        found.set(ending, versions);
      }
      versions.push(version);
    }
  } catch (error) {
    if (!isAbsent(error)) throw error;
  }
  return found;
}

/** How long a folder must not have changed for its time to tell the next change: the coarsest clock of a file system. */
const SETTLED_MS = 2000;

/** Reads names as `readRecordFolder` does, and again only where the folder has changed or just did. */
export function recordFolderReader(): (folder: string) => RecordFolder {
  const known = new Map<string, { readonly changed: bigint; readonly names: RecordFolder }>();
  return (folder) => {
    const changed = timeOf(folder);
    const before = known.get(folder);
    if (before !== undefined && before.changed === changed) return before.names;
    const settled = changed !== undefined && Date.now() - Number(changed / 1_000_000n) > SETTLED_MS;
    const names = readRecordFolder(folder);
    if (settled) known.set(folder, { changed, names });
    return names;
  };
}

/** When its names last changed, in nanoseconds since 1970. */
function timeOf(folder: string): bigint | undefined {
  try {
    return statSync(folder, { bigint: true }).mtimeNs;
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

/** In ascending order. */
export function ascending(versions: readonly number[] = []): Float64Array {
  return Float64Array.from(versions).sort();
}

/** How many numbers below the greatest are sorted first; then ever more. */
const [FIRST_REACH, MORE] = [64, 16];

/** In descending order; the first of very many come without the sorting of all. */
export function* descending(versions: readonly number[] = []): Generator<number> {
  let end = Number.POSITIVE_INFINITY;
  for (let reach = FIRST_REACH; ; reach *= MORE) {
    const greatest = versions.reduce((one, other) => (other < end && other > one ? other : one), 0);
    if (greatest === 0) return;
    const start = greatest - reach;
    yield* ascending(versions.filter((version) => version > start && version < end)).reverse();
    end = start + 1;
  }
}

function openFolder(folder: string): { next(): string | undefined } & Disposable {
  const names = opendirSync(folder, { bufferSize: BUFFER });
  return { next: () => names.readSync()?.name, [Symbol.dispose]: () => names.closeSync() };
}

/** The number before `end`; 0 where there is none, or one that is not written as Kiln writes it. */
function numberIn(name: string, end: number): number {
  let number = 0;
  for (let at = 0; at < end; at++) {
    const digit = name.charCodeAt(at) - 48;
    if (digit < 0 || digit > 9 || (at === 0 && digit === 0)) return 0;
    number = number * 10 + digit;
  }
  return number;
}

function isAbsent(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ENOTDIR';
}
