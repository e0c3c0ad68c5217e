import type { BundleRecord } from '../../catalogue/record.ts';
import { GENERATED } from '../../converge/provisioner.ts';
import { type NamedChange, namedChanges } from './named-changes.ts';

const STEPS = 'kiln-bundle.json';
/** What kiln itself writes into a bundle. */
const WRITTEN = new Set([STEPS, 'README.md', 'run.sh']);

/** How two bundles differ whose digests do: the workspace's files by name, where both records have them. */
export function changedBundle(
  before: BundleRecord,
  after: BundleRecord,
): { readonly text: string; readonly changes?: readonly NamedChange[] } {
  if (before.files === undefined || after.files === undefined) return { text: 'the bundle has other files' };
  const all = namedChanges(before.files, after.files);
  const changes = all.filter(({ name }) => !WRITTEN.has(name) && !name.startsWith(`${GENERATED}/`));
  if (changes.length > 0) return { text: 'the bundle has other files', changes };
  if (all.some(({ name }) => name === STEPS))
    return { text: 'the steps in the bundle are written otherwise' };
  if (all.length > 0) return { text: 'what kiln itself writes into the bundle is another' };
  return { text: 'the bundle has other links, or its files other modes' };
}
