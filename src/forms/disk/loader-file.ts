import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '../../core/fault.ts';
import type { TreeEntry } from '../../tree/entry.ts';

const HOSTS = '/usr/lib/systemd/boot/efi/systemd-bootx64.efi';

/** The systemd-boot that goes onto the disk: the tree's own where it has one, else this host's, which is said. */
export async function loaderFile(
  stage: string,
  own: TreeEntry | undefined,
  note: (message: string) => void = () => {},
): Promise<string> {
  if (own !== undefined) return join(stage, own.path);
  try {
    await access(HOSTS);
  } catch (cause) {
    throw new Fault('HOST_TOOL_MISSING', 'there is no systemd-boot, neither in the image nor on this host', {
      hint: 'Name systemd-boot-efi under `boot:` of the base, or run `apt-get install systemd-boot-efi` here.',
      cause,
    });
  }
  note('the image has no systemd-boot, and its disk boots with this host’s');
  return HOSTS;
}
