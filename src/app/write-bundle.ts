import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { buildBundle } from '../converge/bundle.ts';
import type { Digest } from '../core/digest.ts';
import { Fault } from '../core/fault.ts';
import { writeNamedFile } from '../core/named-file.ts';
import { openWorkspace } from './open-workspace.ts';

/** Writes a template's bundle, the very archive that a bake of it uses; the file appears whole or not at all. */
export async function writeBundle(
  request: { readonly workspace: string; readonly name: string; readonly file: string },
  signal: AbortSignal,
): Promise<{ digest: Digest; size: number }> {
  const { workspace, templates } = await openWorkspace(request.workspace, [request.name], signal);
  const folder = await stat(dirname(request.file)).catch(() => undefined);
  if (folder?.isDirectory() !== true) {
    throw new Fault('FILE_MISSING', `there is no folder ${dirname(request.file)} to write the bundle to`);
  }
  const bundle = await buildBundle(
    workspace.root,
    templates.flatMap(({ converge }) => converge),
    signal,
  );
  await writeNamedFile(request.file, bundle.stream(), `bundle of ${request.name}`);
  return { digest: bundle.digest, size: bundle.size };
}
