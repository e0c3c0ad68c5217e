import { type Document, isNode, isScalar, type Node, visit, type YAMLMap } from 'yaml';
import { short } from './printable.ts';
import type { Problem } from './problem.ts';
import type { Source } from './source.ts';

/** After so many the rest can wait for the next look. */
const MOST_PROBLEMS = 20;

export interface Inspection {
  readonly problems: Problem[];
  /** What each alias stands for. */
  readonly anchors: ReadonlyMap<string, Node>;
  /** False when the document must not be turned into a value: odd keys and endless aliases do harm there. */
  readonly isSound: boolean;
}

/** Looks at every node for what the parser lets pass: duplicate keys, keys that are no text, aliases to nothing. */
export function inspectNodes(source: Source, document: Document.Parsed): Inspection {
  const problems: Problem[] = [];
  const anchors = new Map<string, Node>();
  let isSound = true;
  const refuse = (node: unknown, message: string) => {
    isSound = false;
    problems.push(source.problemAt(startOf(node), { code: 'yaml-syntax', message }));
  };

  visit(document, {
    Node: (_, node) => {
      if ('anchor' in node && node.anchor !== undefined) anchors.set(node.anchor, node);
    },
    Map: (_, map) => {
      if (map.anchor !== undefined) anchors.set(map.anchor, map);
      problems.push(...duplicateKeys(source, map).slice(0, Math.max(0, MOST_PROBLEMS - problems.length)));
    },
    Pair: (_, { key }) => {
      if (!isScalar(key) || key.value === null) refuse(key, 'a key must be text');
      else if (key.value === '__proto__') refuse(key, '`__proto__` cannot be a key');
    },
    Alias: (_, alias, path) => {
      const target = anchors.get(alias.source);
      if (target === undefined)
        refuse(alias, `there is no anchor \`&${short(alias.source)}\` before this alias`);
      else if (path.some((ancestor) => ancestor === target))
        refuse(alias, 'this alias stands for what it is part of');
    },
  });
  return { problems, anchors, isSound };
}

function duplicateKeys(source: Source, map: YAMLMap): Problem[] {
  const first = new Map<string, number>();
  return map.items.flatMap(({ key }) => {
    if (!isScalar(key)) return [];
    const [name, offset] = [String(key.value), startOf(key)];
    const before = first.get(name);
    if (before === undefined) {
      first.set(name, offset);
      return [];
    }
    const hint = `it is first on line ${source.positionAt(before).line}`;
    return [
      source.problemAt(offset, { code: 'duplicate-key', message: `duplicate key \`${short(name)}\``, hint }),
    ];
  });
}

function startOf(node: unknown): number {
  return isNode(node) ? (node.range?.[0] ?? 0) : 0;
}
