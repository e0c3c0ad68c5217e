import { isMap, isNode, isScalar, isSeq, type Node } from 'yaml';

/** Where a node starts. */
export function startOf(node: unknown): number {
  return (node as Node | null | undefined)?.range?.[0] ?? 0;
}

/** Where a node's own text ends, without the comments and blank lines behind it. */
export function endOf(text: string, node: unknown): number {
  if (isMap(node) && node.flow !== true) {
    const last = node.items.at(-1);
    return last === undefined ? startOf(node) : Math.max(endOf(text, last.key), endOf(text, last.value));
  }
  if (isSeq(node) && node.flow !== true) return Math.max(startOf(node), endOf(text, node.items.at(-1)));
  let end = isNode(node) ? (node.range?.[1] ?? 0) : 0;
  // The line breaks at the end of a block belong to it, but not to what is replaced.
  if (isScalar(node) && node.type?.startsWith('BLOCK') === true)
    while (/\s/.test(text[end - 1] ?? '')) end -= 1;
  return end;
}

/** Where the line of an offset starts. */
export function lineStart(text: string, offset: number): number {
  return offset === 0 ? 0 : text.lastIndexOf('\n', offset - 1) + 1;
}

/** Where the line after that of an offset starts, or the text ends. */
export function lineEnd(text: string, offset: number): number {
  const end = text.indexOf('\n', offset);
  return end === -1 ? text.length : end + 1;
}
