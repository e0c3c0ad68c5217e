import { rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hostTool } from '../../disks/host-tool.ts';

const SEED_BYTES = 1024 * 1024;

/** What a NoCloud seed tells cloud-init. */
export interface SeedContent {
  /** Another one than the disk has seen means a first boot. */
  readonly instance: string;
  readonly hostname: string;
  /** The public key that root is entered by. */
  readonly authorized: string;
  readonly hostKey: { readonly privateKey: string; readonly publicKey: string };
}

/**
 * Makes a NoCloud seed in a private folder, as it holds a private key: a small FAT disk labelled CIDATA, for images
 * that take their keys from cloud-init (docs of its NoCloud data source). Gives its file.
 */
export async function makeSeed(folder: string, content: SeedContent, signal: AbortSignal): Promise<string> {
  const seed = join(folder, 'seed.img');
  const texts = { 'user-data': userData(content), 'meta-data': metaData(content) };
  await writeFile(seed, '', { mode: 0o600 });
  await truncate(seed, SEED_BYTES);
  await hostTool('mformat', ['-i', seed, '-v', 'CIDATA', '-h', '2', '-s', '32', '-t', '32', '::'], {
    signal,
  });
  for (const [name, text] of Object.entries(texts)) {
    const file = join(folder, name);
    try {
      await writeFile(file, text, { mode: 0o600 });
      await hostTool('mcopy', ['-i', seed, file, `::${name}`], { signal });
    } finally {
      await rm(file, { force: true });
    }
  }
  return seed;
}

/** JSON is YAML. No user is made: the image's own ones come with its first start as an instance. */
export function userData({ authorized, hostKey }: SeedContent): string {
  const data = {
    disable_root: false,
    users: [],
    ssh_authorized_keys: [authorized],
    ssh_deletekeys: true,
    ssh_keys: { ed25519_private: hostKey.privateKey, ed25519_public: hostKey.publicKey },
  };
  return `#cloud-config\n${JSON.stringify(data, undefined, 2)}\n`;
}

export function metaData({ instance, hostname }: SeedContent): string {
  return `${JSON.stringify({ 'instance-id': instance, 'local-hostname': hostname })}\n`;
}
