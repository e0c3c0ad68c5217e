import { Fault } from '../core/fault.ts';

const SEGMENT = /\s*(?:"([^"]+)"|'([^']+)'|([^'".]+?))\s*(\.|$)/y;

/**
 * The segments of a key as Hiera reads it: `db.host` digs into the map `db`; quotes keep a dot, `'a.b'.c`.
 * Throws `USAGE` for what is no key.
 */
export function splitKey(key: string): [string, ...string[]] {
  const segments: string[] = [];
  let separator: string | undefined = '.';
  SEGMENT.lastIndex = 0;
  while (separator === '.') {
    const match = SEGMENT.exec(key);
    if (match === null) throw notAKey(key);
    segments.push(match[1] ?? match[2] ?? match[3] ?? '');
    separator = match[4];
  }
  const [root, ...rest] = segments;
  if (root === undefined || root === '') throw notAKey(key);
  return [root, ...rest];
}

/** The other way: one text for a path, quoted where it must be. */
export function joinKey(path: readonly PropertyKey[]): string {
  return path.map((segment) => quoted(String(segment))).join('.');
}

function quoted(segment: string): string {
  if (/^[^'".\s]+$/.test(segment)) return segment;
  return segment.includes("'") ? `"${segment}"` : `'${segment}'`;
}

function notAKey(key: string): Fault {
  return new Fault('USAGE', `\`${key}\` is not a key`, {
    hint: "A key is a name, or names with dots between that lead into a map: db.host, 'with.dot'.port.",
  });
}
