import { isAlias, isMap, isScalar, isSeq, type Node, type Scalar, type YAMLMap, type YAMLSeq } from 'yaml';
import type { Fault } from '../core/fault.ts';
import { short } from './printable.ts';
import type { SopsEntry, SopsLevel } from './sops-comments.ts';
import { endOf, startOf } from './sops-positions.ts';
import { plainScalar, type SopsScalar } from './sops-scalar.ts';

/** A value of a SOPS file, as it is written. */
export interface SopsLeaf {
  /** Keys, and indexes of elements; SOPS's comments among a list's elements have none of their own. */
  readonly path: readonly (string | number)[];
  /** The path without indexes: what the value is bound to. */
  readonly keys: readonly string[];
  readonly start: number;
  readonly end: number;
  /** Where its key starts; of an element of a list, itself. */
  readonly keyStart: number;
  /** Absent for null. */
  readonly scalar: SopsScalar | undefined;
  /** A comment that SOPS made an element of a list. */
  readonly isComment: boolean;
  /** Within brackets or braces, where an encrypted value needs quotes. */
  readonly inFlow: boolean;
  /** Of the key or the dash that it stands behind. */
  readonly column: number;
}

/** A map with a key a line. */
export interface SopsMap {
  readonly path: readonly (string | number)[];
  /** Where its last value ends. */
  readonly end: number;
  readonly column: number;
  readonly inFlow: boolean;
}

/** All values, maps and places of keys below a node. */
export interface Walked {
  readonly leaves: SopsLeaf[];
  readonly maps: SopsMap[];
  readonly entries: SopsEntry[];
}

interface Place {
  readonly path: readonly (string | number)[];
  readonly level: SopsLevel;
  readonly keyStart: number;
  readonly inFlow: boolean;
}

const COMMENT = /^ENC\[AES256_GCM,.*,type:comment\]$/;

/** Visits every node of a file's root in order; what does not belong into a SOPS file is a fault. */
export function walkNodes(
  text: string,
  root: Node | null,
  faultAt: (offset: number, message: string, hint?: string) => Fault,
): Walked {
  const leaves: SopsLeaf[] = [];
  const maps: SopsMap[] = [];
  const entries: SopsEntry[] = [];

  function visit(node: unknown, place: Place): void {
    if (isAlias(node))
      throw faultAt(
        startOf(node),
        'an alias stands here',
        'Write the value itself, or put quotes around it.',
      );
    if (
      (isScalar(node) || isMap(node) || isSeq(node)) &&
      (node.anchor !== undefined || node.tag !== undefined)
    )
      throw faultAt(
        startOf(node),
        'an anchor or a tag stands here',
        'Remove it, or put quotes around the value.',
      );
    if (isMap(node)) visitMap(node, place);
    else if (isSeq(node)) visitList(node, place);
    else visitScalar(node as Scalar | null, place);
  }

  function visitMap(map: YAMLMap, place: Place): void {
    const inFlow = place.inFlow || map.flow === true;
    const first = map.items[0]?.key;
    const column = inFlow ? place.level.column : columnOf(text, startOf(first ?? map));
    const isRoot = place.path.length === 0;
    if (isRoot && column !== 0) throw faultAt(startOf(first), 'the first key must start its line');
    const level = isRoot
      ? place.level
      : { ...place.level, column, parent: place.level.parent ?? place.level };
    maps.push({ path: place.path, end: endOf(text, map), column, inFlow });
    for (const { key, value } of map.items) {
      const name = keyName(key);
      entries.push({ offset: startOf(key), level });
      const keys = [...level.keys, name];
      visit(value ?? nothingAfter(key), {
        path: [...place.path, name],
        level: { column, keys, parent: level },
        keyStart: startOf(key),
        inFlow,
      });
    }
  }

  function visitList(list: YAMLSeq, place: Place): void {
    const inFlow = place.inFlow || list.flow === true;
    const column = inFlow ? place.level.column : columnOf(text, startOf(list));
    const level = { ...place.level, column };
    let index = 0;
    for (const item of list.items) {
      entries.push({ offset: startOf(item), level });
      const isComment = isScalar(item) && COMMENT.test(String(item.value));
      visit(item, {
        path: [...place.path, index],
        level: { column, keys: level.keys, parent: level },
        keyStart: startOf(item),
        inFlow,
      });
      if (!isComment) index += 1;
    }
  }

  function visitScalar(node: Scalar | null, { path, level, keyStart, inFlow }: Place): void {
    const start = startOf(node);
    const scalar = node === null ? undefined : scalarOf(node);
    if (scalar === 'too large')
      throw faultAt(start, 'this whole number is too large for SOPS', 'Put it in quotes.');
    const isComment = typeof path.at(-1) === 'number' && COMMENT.test(scalar?.text ?? '');
    const end = Math.max(start, endOf(text, node));
    const { keys, column } = level;
    leaves.push({ path, keys, start, end, keyStart, scalar, isComment, inFlow, column });
  }

  function keyName(key: unknown): string {
    if (!isScalar(key)) throw faultAt(startOf(key), 'a key must be text');
    if (key.anchor !== undefined || key.tag !== undefined)
      throw faultAt(startOf(key), 'an anchor or a tag stands here');
    const name = String(key.value);
    const scalar = scalarOf(key);
    if (typeof scalar !== 'object' || scalar.type !== 'str' || name === '<<')
      throw faultAt(startOf(key), `the key \`${short(name)}\` is not text`, 'Put it in quotes.');
    return name;
  }

  visit(root, {
    path: [],
    level: { column: 0, keys: [], parent: undefined },
    keyStart: 0,
    inFlow: false,
  });
  return root === null ? { leaves: [], maps: [], entries: [] } : { leaves, maps, entries };
}

function scalarOf({ type, source, value }: Scalar): ReturnType<typeof plainScalar> {
  return type === 'PLAIN' ? plainScalar(source ?? '') : { type: 'str', text: String(value) };
}

/** A node as plain value, in which every scalar but null is its text. */
export function writtenValue(node: unknown): unknown {
  if (isSeq(node)) return node.items.map(writtenValue);
  if (isMap(node))
    return Object.fromEntries(
      node.items.map(({ key, value }) => [String((key as Scalar).value), writtenValue(value)]),
    );
  return isScalar(node) && scalarOf(node) !== undefined ? String(node.value) : null;
}

/** `key` without a value, as in `{a, b}`. */
function nothingAfter(key: unknown): Pick<Scalar, 'range'> {
  const end = (key as Node).range?.[1] ?? 0;
  return { range: [end, end, end] };
}

function columnOf(text: string, offset: number): number {
  return offset - (text.lastIndexOf('\n', offset - 1) + 1);
}
