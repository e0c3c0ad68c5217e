import { buffer } from 'node:stream/consumers';
import { type Digest, digestOf } from '../../../../src/core/digest.ts';
import { Fault } from '../../../../src/core/fault.ts';
import type { OciImage, OciStore } from '../../../../src/forms/oci/oci-store.ts';
import type { TreeSource } from '../../../../src/tree/source.ts';
import { readAll } from '../../core/tar/bytes.ts';
import { file, folder, sourceOf } from '../../tree/sample-tree.ts';

export interface FakeStore extends OciStore {
  readonly images: Map<Digest, OciImage>;
  /** What was asked of it, in order. */
  readonly calls: string[];
}

export interface FakeOptions {
  /** What a registry would give for a reference; nothing makes `pull` fail. */
  readonly registry?: Readonly<Record<string, OciImage>>;
  readonly tree?: () => TreeSource;
  /** Loses what it loads, as an engine with another image store does. */
  readonly forgetful?: boolean;
}

/**
 * A FAKE of an engine's image store, in memory: it takes archives apart as far as ids and names go, and knows
 * nothing of layers. What an engine does with an archive is tested on a real one.
 */
export function fakeStore(present: readonly OciImage[] = [], options: FakeOptions = {}): FakeStore {
  const images = new Map(present.map((image) => [image.id, image]));
  const calls: string[] = [];
  const named = (ref: string) =>
    [...images.values()].find(
      ({ id, tags, repoDigests }) => id === ref || tags.includes(ref) || repoDigests.includes(ref),
    );
  const retag = (name: string, id: Digest | undefined) => {
    for (const image of images.values()) {
      const others = image.tags.filter((tag) => tag !== name);
      images.set(image.id, { ...image, tags: image.id === id ? [...others, name] : others });
    }
  };
  return {
    images,
    calls,
    async inspect(ref, signal) {
      signal.throwIfAborted();
      return named(ref);
    },
    async pull(ref) {
      calls.push(`pull ${ref}`);
      const image = options.registry?.[ref];
      if (image === undefined)
        throw new Fault('ENGINE_FAILED', 'the pull failed', { details: ['not found'] });
      images.set(image.id, image);
    },
    async load(archive) {
      const members = await readAll(await buffer(archive));
      const config = members.find(({ path }) => path === 'config.json')?.content ?? Buffer.alloc(0);
      const id = digestOf(config);
      calls.push('load');
      if (options.forgetful || images.has(id)) return;
      const { rootfs, ...rest } = JSON.parse(config.toString());
      images.set(id, sampleImage({ id, diffIds: rootfs.diff_ids, created: rest.created, run: rest.config }));
    },
    async tag(id, repository, tag) {
      calls.push(`tag ${repository}:${tag}`);
      retag(`${repository}:${tag}`, id);
    },
    async untag(name) {
      calls.push(`untag ${name}`);
      retag(name, undefined);
    },
    async removeNameless(id) {
      if (images.get(id)?.tags.length === 0) images.delete(id);
    },
    async readTree(id) {
      calls.push(`read ${id}`);
      return options.tree?.() ?? sourceOf([folder('etc'), file('etc/os-release', 'fake')]);
    },
    engineName: async () => ({ id: 'FAKE', address: 'unix:///fake' }),
    engineVersion: async () => 'fake 1.0',
  };
}

export function sampleImage(changes: Partial<OciImage> = {}): OciImage {
  const run = { Cmd: ['sh'] };
  const common = {
    architecture: 'amd64',
    created: '2026-05-05T05:05:05.678Z',
    run,
    volumes: [],
    tags: [],
    repoDigests: [],
  };
  return { id: digestOf('sample image'), diffIds: [digestOf('sample layer')], ...common, ...changes };
}
