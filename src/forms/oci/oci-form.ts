import type { Digest } from '../../core/digest.ts';
import { Fault } from '../../core/fault.ts';
import { type Intent, UNRECORDED } from '../../core/intention.ts';
import type { Scope } from '../../core/scope.ts';
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
  /** The file that whoever makes the very same image locks, where others may. */
  readonly lock?: string;
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
      const intend = await intender(store, spec, scope, signal);
      let image = UNRECORDED;
      const archive = archiveOf(tree, spec.baseLayers, spec, (id) => {
        image = intend.image(id);
      });
      await store.load(archive.bytes, signal);
      image.made();
      const digest = archive.id();
      const names = new Map<string, Intent>();
      const settle = () => {
        for (const intent of [...names.values(), image]) intent.settle();
      };
      const remove = async () => {
        for (const name of names.keys()) await store.untag(name);
        await store.removeNameless(digest);
        settle();
      };
      const forget = scope.defer(`image ${digest}`, remove, `docker rmi ${digest}`);
      const loaded = await store.inspect(digest, signal);
      if (loaded === undefined) {
        throw new Fault('DIGEST_MISMATCH', `the engine took the image, but does not have ${digest}`, {
          hint: 'Its image store may be containerd’s, which is not supported: see `bake doctor`.',
        });
      }
      const name = async (template: string, tag: string) => {
        const full = `kiln/${template}:${tag}`;
        const intent = intend.name(full, digest);
        names.set(full, intent);
        await store.tag(digest, `kiln/${template}`, tag);
        intent.made();
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
        keep() {
          forget();
          settle();
        },
      };
    },
    readTree: (ref, scope, signal) => store.readTree(ref.digest, bake, scope, signal),
  };
}

/** Writes down what is about to be in the store, where the scope has a ledger. */
async function intender(
  store: OciStore,
  { lock }: Pick<OciSpec, 'lock'>,
  scope: Scope,
  signal: AbortSignal,
): Promise<{ image(id: Digest): Intent; name(name: string, id: Digest): Intent }> {
  if (!scope.recorded) return { image: () => UNRECORDED, name: () => UNRECORDED };
  const around = { engine: await store.engineName(signal), ...(lock === undefined ? {} : { lock }) };
  return {
    image: (id) => scope.intend({ kind: 'image', id, ...around }),
    name: (name, id) => scope.intend({ kind: 'name', name, id, ...around }),
  };
}
