import { join } from 'node:path';
import type { BaseContext } from '../../../src/bases/base-context.ts';
import { Scope } from '../../../src/core/scope.ts';
import type { OciStore } from '../../../src/forms/oci/oci-store.ts';
import { temporaryFolder } from '../temporary-folder.ts';

export interface SampleContext extends AsyncDisposable {
  readonly context: BaseContext;
  readonly notes: string[];
}

/** Surroundings for making a base ready: folders of its own, and this store in place of an engine. */
export async function sampleContext(images: OciStore, signal: AbortSignal): Promise<SampleContext> {
  const folder = await temporaryFolder();
  const notes: string[] = [];
  const scope = new Scope();
  const log = { output: () => {}, note: (message: string) => void notes.push(message) };
  const ec2 = () => Promise.reject(new Error('AWS is not asked here'));
  const folders = { cache: join(folder.path, 'cache'), work: join(folder.path, 'work') };
  return {
    context: { bake: 'sample', root: folder.path, images, ec2, ...folders, scope, log, signal },
    notes,
    async [Symbol.asyncDispose]() {
      await scope.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}
