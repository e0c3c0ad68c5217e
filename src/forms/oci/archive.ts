import { createHash } from 'node:crypto';
import type { Digest } from '../../core/digest.ts';
import type { TarHeader } from '../../core/tar/member.ts';
import { headerBytes, TAR_END, writeMember, writeTar } from '../../core/tar/writer.ts';
import type { Tree } from '../../tree/capture.ts';
import { type ConfigInput, configBytes } from './config.ts';
import { layerLength, layerMembers } from './layer.ts';

const LAYER = 'layer.tar';

export interface Archive {
  readonly bytes: AsyncIterable<Uint8Array>;
  /** The image id; known once all bytes have been read. */
  id(): Digest;
}

/**
 * An image as `docker load` takes it, written while it is read: the one new layer first, then the config, which
 * holds that layer's digest. The base's layers are named and not sent: the engine has them. `onId` is told the image id
 * before enough was sent to make the image.
 */
export function archiveOf(
  tree: Tree,
  base: readonly Digest[],
  input: Omit<ConfigInput, 'diffIds'>,
  onId: (id: Digest) => void = () => {},
): Archive {
  let config: Buffer | undefined;
  const hasLayer = tree.changed.length > 0 || tree.removed.length > 0;

  async function* bytes(): AsyncGenerator<Uint8Array> {
    const diffIds = [...base];
    if (hasLayer) {
      const length = layerLength(tree, input.epoch);
      yield headerBytes(file(LAYER, length));
      const hash = createHash('sha256');
      for await (const piece of writeTar(layerMembers(tree, input.epoch))) {
        hash.update(piece);
        yield piece;
      }
      diffIds.push(`sha256:${hash.digest('hex')}`);
    }
    config = configBytes({ ...input, diffIds });
    onId(idOf(config));
    yield* writeMember({ ...file('config.json', config.length), body: config });
    const layers = [...base.map((_, index) => `base-${index}.tar`), ...(hasLayer ? [LAYER] : [])];
    const manifest = Buffer.from(JSON.stringify([{ Config: 'config.json', RepoTags: null, Layers: layers }]));
    yield* writeMember({ ...file('manifest.json', manifest.length), body: manifest });
    yield TAR_END;
  }

  return {
    bytes: bytes(),
    id() {
      if (config === undefined) throw new Error('the archive has not been read to its end');
      return idOf(config);
    },
  };
}

function idOf(config: Buffer): Digest {
  return `sha256:${createHash('sha256').update(config).digest('hex')}`;
}

function file(path: string, size: number): TarHeader {
  return { path, type: 'file', mode: 0o644, uid: 0, gid: 0, size, mtime: 0 };
}
