import { Fault } from '../core/fault.ts';
import type { TarMember } from '../core/tar/member.ts';
import { isOutsideTree } from '../tree/outside.ts';
import type { TreeSource } from '../tree/source.ts';
import { isWayIn } from './seal-machine.ts';
import { fateIn, type SealOptions } from './seal-tree.ts';

const MAX_PATHS = 20;
/** What the machine and the connection to it go on writing: it is taken once more when the machine ends. */
const COMES_AGAIN =
  /^((var\/log|tmp|var\/tmp|var\/lib\/systemd\/timers)\/.+|var\/lib\/(dhcp|dhclient|dhcpcd|NetworkManager)\/.+)$/s;

/**
 * The tree of a machine that was sealed from inside, as it is: `SEAL_INCOMPLETE` at its end when it still has what the
 * filter would take from it, as then the image would hold what its digest does not speak of. What goes at the machine's
 * very end is no part of that: the way in, and what is written as long as it runs.
 */
export function sealedInside(source: TreeSource, options: SealOptions): TreeSource {
  return {
    async *read(signal) {
      const left: string[] = [];
      for await (const member of source.read(signal)) {
        if (isLeft(member, options)) left.push(member.path);
        yield member;
      }
      if (left.length > 0) throw incomplete(left);
    },
  };
}

function isLeft({ path, type, size }: TarMember, options: SealOptions): boolean {
  if (isOutsideTree(path) || isWayIn(path) || COMES_AGAIN.test(path)) return false;
  const what = fateIn(path, type, options);
  return what === 'removed' || (what === 'emptied' && size > 0);
}

function incomplete(left: readonly string[]): Fault {
  return new Fault('SEAL_INCOMPLETE', 'the machine has what was removed from it again', {
    details: left.slice(0, MAX_PATHS).map((path) => `/${path}`),
    hint: 'A service that was stopped for it runs on, or starts again: stop it in the last converge step.',
  });
}
