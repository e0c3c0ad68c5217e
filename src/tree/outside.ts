/**
 * Paths that are never part of a tree: whoever runs an image lays its own over them, and an engine's export says
 * nothing about what lies below (moby's `daemon/initlayer` unlinks them in every container it makes). Every ext4 has a
 * `lost+found` of its own; what somebody puts into it counts.
 */
const OUTSIDE = /^(\.dockerenv|dev\/.+|etc\/(hostname|hosts|resolv\.conf|mtab)|lost\+found)$/s;

/** Whether a path belongs to the machine that runs a tree and not to the tree. */
export function isOutsideTree(path: string): boolean {
  return OUTSIDE.test(path);
}
