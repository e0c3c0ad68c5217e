import { Fault } from '../core/fault.ts';
import { type ScannedTree, scanTree, type Tree } from '../tree/capture.ts';
import { compareTrees } from '../tree/compare.ts';
import type { TreeSource } from '../tree/source.ts';
import type { Bake } from './bake.ts';

const MAX_PATHS = 20;

/** Reads a form's tree back, in its turn: `VERIFY_MISMATCH` names what is not as it is in the tree that it was made from. */
export async function assertSameTree(
  { reading }: Pick<Bake, 'reading'>,
  form: string,
  source: () => Promise<TreeSource>,
  tree: Tree,
  signal: AbortSignal,
): Promise<void> {
  const read = await reading(signal, async () => await scanTree(await source(), signal));
  if (read.digest === tree.digest) return;
  throw mismatch(form, read, { ...tree, manifest: await tree.manifest() });
}

function mismatch(form: string, read: ScannedTree, tree: Pick<ScannedTree, 'digest' | 'manifest'>): Fault {
  const changes = compareTrees(tree.manifest, read.manifest);
  return new Fault(
    'VERIFY_MISMATCH',
    `the ${form} form holds ${read.digest}, which is not the tree ${tree.digest}`,
    {
      details: changes
        .slice(0, MAX_PATHS)
        .map(({ path, kind, what }) => `/${path}: ${kind} ${what.join(', ')}`),
      hint: 'This is most likely a fault of Kiln or of the platform’s storage: keep the log and report it.',
    },
  );
}
