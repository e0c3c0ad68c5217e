import type { Digest } from '../../core/digest.ts';
import { Fault } from '../../core/fault.ts';
import type { Form, Mastered, OciRef } from '../form.ts';
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

export interface MasteredOci extends Mastered<OciRef> {
  /** Gives it a name, `kiln/web:latest`, and returns that. */
  name(template: string, tag: string): Promise<string>;
}

export interface OciForm extends Form<OciSpec, OciRef> {
  master(...given: Parameters<Form<OciSpec, OciRef>['master']>): Promise<MasteredOci>;
}

/** Container images in an engine: the base's layers untouched, and one layer with exactly what differs. */
export function ociForm(store: OciStore, bake: string): OciForm {
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
      const name = async (template: string, tag: string) => {
        const full = `kiln/${template}:${tag}`;
        names.push(full);
        await store.tag(digest, `kiln/${template}`, tag);
        return full;
      };
      return {
        ref: { kind: 'oci', digest },
        publish: async (template, version) => ({
          kind: 'oci',
          digest,
          tag: await name(template, String(version)),
        }),
        name,
        keep,
      };
    },
    readTree: (ref, scope, signal) => store.readTree(ref.digest, bake, scope, signal),
  };
}
