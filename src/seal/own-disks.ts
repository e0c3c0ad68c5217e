/** Where the disks of the machine itself are mounted; `none` and `swap` are swap's. */
const OWN: ReadonlySet<string> = new Set(['/', '/boot', '/boot/efi', '/efi', 'none', 'swap']);

/**
 * An fstab(5) without the disks that the machine itself booted from, which no other machine has: whoever runs an image
 * mounts its root, and an entry for a disk that is not there would keep it from booting.
 */
export function withoutOwnDisks(fstab: string): string {
  const lines = fstab.split('\n');
  return lines.filter((line) => !isOwn(line)).join('\n');
}

function isOwn(line: string): boolean {
  if (/^\s*(#|$)/.test(line)) return false;
  const [what = '', where = ''] = line.trim().split(/\s+/);
  return OWN.has(where) && /^(\/dev\/|UUID=|LABEL=|PARTUUID=|PARTLABEL=)/.test(what);
}
