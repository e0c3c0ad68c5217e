import type { Digest } from '../../core/digest.ts';
import { Fault } from '../../core/fault.ts';
import type { Form } from '../form.ts';
import { archiveOf } from './archive.ts';
import type { OciStore, RunConfig } from './oci-store.ts';

export interface OciSpec {
  readonly bake: string;
  /** Layers under the new one, already in the store; empty for a base that is made from nothing. */
  readonly baseLayers: readonly Digest[];
  readonly architecture: string;
  /** Seconds since 1970. */
  readonly epoch: number;
  readonly run: RunConfig;
}

/** Container images in an engine: the base's layers untouched, and one layer with exactly what differs. */
export function ociForm(store: OciStore, bake: string): Form<OciSpec> {
  return {
    kind: 'oci',
    async master(tree, spec, scope, signal) {
      const archive = archiveOf(tree, spec.baseLayers, spec);
      await store.load(archive.bytes, signal);
      const digest = archive.id();
      const names: string[] = [];
      const remove = async () => {
        for (const name of names) await store.untag(name);
        await store.removeNameless(digest);
      };
      const keep = scope.defer(`image ${digest}`, remove, `docker rmi ${digest}`);
      const loaded = await store.inspect(digest, signal);
      if (loaded === undefined) {
        throw new Fault('DIGEST_MISMATCH', `the engine took the image, but does not have ${digest}`, {
          hint: 'Its image store may be containerd’s, which is not supported: see `bake doctor`.',
        });
      }
      return {
        ref: { kind: 'oci', digest },
        async name(template, tag) {
          const name = `kiln/${template}:${tag}`;
          names.push(name);
          await store.tag(digest, `kiln/${template}`, tag);
          return name;
        },
        keep,
      };
    },
    readTree: (ref, scope, signal) => store.readTree(ref.digest, bake, scope, signal),
  };
}
