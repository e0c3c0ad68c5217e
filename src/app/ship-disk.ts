import { together } from '../core/together.ts';
import { assertSameTree } from './assert-same-tree.ts';
import type { Bake } from './bake.ts';
import type { BakedDisk } from './baked-disk.ts';
import type { Shipping } from './ship-form.ts';

/** The disk that boots by itself. */
export function shipDisk(bake: Bake, disk: BakedDisk): Shipping {
  return {
    async master(tree, around) {
      const mastered = await disk.master(tree, around);
      return {
        mastered,
        /** It boots, and its tree, read back from the file, is the tree's digest. */
        async verify({ scope, log, signal }) {
          const [booted] = await together(signal, [
            (both) => disk.boot({ scope, log, signal: both }),
            (both) =>
              assertSameTree(bake, 'disk', () => disk.form.readTree(mastered.ref, scope, both), tree, both),
          ]);
          return booted;
        },
      };
    },
  };
}
