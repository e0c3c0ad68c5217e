import { readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { mayRunOn } from '../../../../src/app/launch/may-run-on.ts';
import { pruneImages } from '../../../../src/app/prune/prune-images.ts';
import type { PrunePorts } from '../../../../src/app/prune/prune-ports.ts';
import { openTombstones } from '../../../../src/catalogue/tombstones.ts';
import { loadEnvironments } from '../../../../src/config/environments.ts';
import { fakeAmiRegions } from '../../../support/fake-ami-regions.ts';
import { launchWorld } from '../launch/launch-world.ts';

/** A template `web` of which the newest is kept, `app` on top of it, and an environment `dev`. */
export const FILES: Readonly<Record<string, string>> = {
  'templates/web.yaml': 'name: web\nbase: plain\nkeep: { last: 1 }\n',
  'templates/app.yaml': 'name: app\nbase: web\n',
  'templates/bases/plain.yaml': 'debian: bookworm\n',
  'templates/bases/web.yaml': 'bake: web\n',
  'environments/dev/environment.yaml': 'platform: docker\nimages: { web: {} }\n',
};

/** A launch world with what prunes. */
export async function pruneWorld(files: Readonly<Record<string, string>> = {}) {
  const world = await launchWorld({ ...FILES, ...files });
  const tombstones = openTombstones(world.home);
  const inUse = new Map<string, string>();
  const amis = fakeAmiRegions();
  const ports: PrunePorts = {
    catalogue: world.ports.catalogue,
    tombstones,
    history: world.history,
    platforms: {
      open: { docker: async () => world.launcher, qemu: async () => world.qemu, ec2: async () => world.ec2 },
      mayRun: (platform, environment, signal) =>
        mayRunOn(platform, environment, { workspace: world.root, history: world.history }, signal),
    },
    images: async () => world.images,
    amis: amis.open,
    inUse: async () => inUse,
    declared: async (signal) => new Set((await loadEnvironments(world.root, {}, signal)).names),
    home: world.home,
    progress: () => {},
    say: (message) => void world.said.push(message),
  };
  const prune = (changes: Partial<PrunePorts> & { act?: boolean; names?: readonly string[] } = {}) => {
    const { act = true, names = [], ...others } = changes;
    return pruneImages(
      { workspace: world.root, names, act },
      { ...ports, ...others },
      AbortSignal.timeout(9_000),
    );
  };
  return {
    ...world,
    [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
    pruning: ports,
    tombstones,
    inUse,
    amis,
    prune,
    /** The names of what would go, and why what does not stays. */
    async wouldGo(changes: Parameters<typeof prune>[0] = {}) {
      const { remove, held } = await prune({ ...changes, act: false });
      return {
        goes: remove.map(({ name }) => name),
        stays: Object.fromEntries(held.map(({ name, why }) => [name, why.join('; ')])),
      };
    },
    /** The versions of a template that have a record. */
    versions: (template = 'web') => world.ports.catalogue.versions(template),
    /** Every file of images, below `images/`. */
    async imageFiles(): Promise<string[]> {
      const folder = join(world.home, 'images');
      const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
      const files = entries.filter((entry) => entry.isFile());
      return files.map(({ parentPath, name }) => relative(folder, join(parentPath, name))).sort();
    },
  };
}
