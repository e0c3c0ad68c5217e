import { applyEdits, scalarText } from '../config/sops-plain.ts';
import type { SopsText } from '../config/sops-text.ts';
import type { SopsLeaf, SopsMap } from '../config/sops-walk.ts';
import { Fault } from '../core/fault.ts';
import { encryptValue, pathBinding } from './cipher.ts';
import { encryptedText } from './encrypted-parts.ts';
import { nameOf, type OpenFile } from './open-file.ts';

/**
 * The file's text with one value set, all else untouched; undefined when it has that value already. A name with dots
 * means a key in a map that is there, else a key with dots. `USAGE` for a map, a list, and what would stay readable.
 */
export function textWithValue(opened: OpenFile, name: string, value: string): string | undefined {
  const { file, plain } = opened;
  const at = file.leaves.findIndex((leaf) => !leaf.isComment && nameOf(leaf) === name);
  const leaf = file.leaves[at];
  if (leaf === undefined) return withNewValue(opened, name, value);
  const old = plain[at];
  if (old?.type === 'str' && old.text === value) return undefined;
  const encrypted = encrypt(opened, leaf.keys, name, value, leaf.inFlow);
  const gap = /[\s[{,]/.test(file.text[leaf.start - 1] ?? ' ') ? '' : ' ';
  return applyEdits(file.text, [{ start: leaf.start, end: leaf.end, text: gap + encrypted }]);
}

function withNewValue(opened: OpenFile, name: string, value: string): string {
  const { file } = opened;
  const parts = name.split('.');
  if (file.leaves.some(({ path }) => startsWith(path, name))) {
    throw new Fault('USAGE', `\`${name}\` is a map or a list, and no single value`, {
      hint: 'Name one of its values, or change it with `launch secrets edit`.',
    });
  }
  const map = file.maps
    .filter(({ path }) => path.length > 0 && path.length < parts.length && startsWith(parts, path.join('.')))
    .sort((a, b) => b.path.length - a.path.length)[0];
  return map === undefined ? atTheEnd(opened, name, value) : inMap(opened, map, name, value);
}

function inMap(opened: OpenFile, map: SopsMap, name: string, value: string): string {
  const { file } = opened;
  if (map.inFlow) {
    throw new Fault('USAGE', `\`${map.path.join('.')}\` is written in braces, where nothing can be added`, {
      hint: 'Change it with `launch secrets edit`.',
    });
  }
  const key = name.slice(map.path.join('.').length + 1);
  const keys = [...map.path.filter((part) => typeof part === 'string'), key];
  return insertLine(
    file,
    map.end,
    `${' '.repeat(map.column)}${scalarText(key)}: ${encrypt(opened, keys, name, value, false)}`,
  );
}

function atTheEnd(opened: OpenFile, name: string, value: string): string {
  const { file } = opened;
  const last = file.leaves.reduce((end, leaf) => Math.max(end, endOfBlock(file, leaf)), 0);
  return insertLine(file, last, `${scalarText(name)}: ${encrypt(opened, [name], name, value, false)}`);
}

/** Where the last line of the top-level key that a value is below ends. */
function endOfBlock(file: SopsText, { path }: SopsLeaf): number {
  return Math.max(0, (file.blocks.get(String(path[0]))?.end ?? 0) - 1);
}

function insertLine(file: SopsText, end: number, line: string): string {
  const next = file.text.indexOf('\n', end);
  const at = next === -1 ? file.text.length : next + 1;
  return applyEdits(file.text, [{ start: at, end: at, text: `${next === -1 ? '\n' : ''}${line}\n` }]);
}

function encrypt(
  { dataKey, isEncryptedAt, metadata }: OpenFile,
  keys: readonly string[],
  name: string,
  value: string,
  inFlow: boolean,
): string {
  if (isEncryptedAt(keys))
    return encryptedText(encryptValue({ type: 'str', text: value }, dataKey, pathBinding(keys)), inFlow);
  const [rule] = metadata.rules;
  throw new Fault(
    'USAGE',
    `\`${name}\` would stay readable for everybody: the file's ${rule?.key} is \`${rule?.text}\``,
    {
      hint: 'Take another name; what is no secret belongs into the environment’s data.',
    },
  );
}

/** Whether a path is below the one that a name stands for. */
function startsWith(path: readonly (string | number)[], name: string): boolean {
  return path.join('.').startsWith(`${name}.`);
}
