import { buildBundle } from '../converge/bundle.ts';
import { writeFileAtomically } from '../core/atomic-file.ts';
import type { Digest } from '../core/digest.ts';
import { openWorkspace } from './open-workspace.ts';

/** Writes a template's bundle, the very archive that a bake of it uses; the file appears whole or not at all. */
export async function writeBundle(
  request: { readonly workspace: string; readonly name: string; readonly file: string },
  signal: AbortSignal,
): Promise<{ digest: Digest; size: number }> {
  const { workspace, templates } = await openWorkspace(request.workspace, [request.name], signal);
  const bundle = await buildBundle(
    workspace.root,
    templates.flatMap(({ converge }) => converge),
    signal,
  );
  await writeFileAtomically(request.file, bundle.stream());
  return { digest: bundle.digest, size: bundle.size };
}
