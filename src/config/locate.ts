import { isAlias, isMap, isScalar, isSeq, type Node, type Scalar } from 'yaml';

/** The offset of a path's node: of its value, or of the key that holds it. */
export type Locate = (path: readonly PropertyKey[], target?: 'value' | 'key') => number;

/**
 * Finds the node that a path means, or the nearest one above it.
 *
 * A scalar is pointed at itself. For a map or a list, and where something is missing or empty, the key that holds
 * it says more than its first line does.
 */
export function createLocate(root: Node | null, anchors: ReadonlyMap<string, Node>): Locate {
  return (path, target = 'value') => {
    let key: unknown;
    let node: unknown = root;
    let isWhole = true;
    for (const segment of path) {
      const inner = child(isAlias(node) ? anchors.get(node.source) : node, String(segment));
      if (inner === undefined) {
        isWhole = false;
        break;
      }
      [key, node] = inner;
    }
    const isValue = isWhole && target === 'value' && (isAlias(node) || (isScalar(node) && !isNothing(node)));
    return (isValue ? start(node) : (start(key) ?? start(node))) ?? 0;
  };
}

/** `key:` with nothing behind it, where no text can be pointed at; `key: ''` has text. */
function isNothing({ type, source }: Scalar): boolean {
  return type === 'PLAIN' && source === '';
}

function child(node: unknown, segment: string): [key: unknown, value: unknown] | undefined {
  if (isSeq(node)) {
    const item = node.items[Number(segment)];
    return item === undefined ? undefined : [undefined, item];
  }
  if (!isMap(node)) return undefined;
  const pair = node.items.findLast(({ key }) => isScalar(key) && String(key.value) === segment);
  return pair === undefined ? undefined : [pair.key, pair.value];
}

function start(node: unknown): number | undefined {
  return (node as Node | null | undefined)?.range?.[0];
}
