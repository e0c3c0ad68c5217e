import { opendirSync } from 'node:fs';

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
  try {
    using names = openFolder(folder);
    for (let name = names.next(); name !== undefined; name = names.next()) {
      const dot = name.indexOf('.');
      const version = numberIn(name, dot);
      if (version === 0) continue;
      const ending = name.slice(dot + 1);
      const versions = found.get(ending);
      if (versions === undefined) found.set(ending, [version]);
      else versions.push(version);
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'ENOTDIR') throw error;
  }
  return found;
}

/** In ascending order. */
export function ascending(versions: readonly number[] = []): Float64Array {
  return Float64Array.from(versions).sort();
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
