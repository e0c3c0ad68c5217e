import { Fault } from '../../core/fault.ts';
import type { AmiId } from '../../core/form-id.ts';
import type { Scope } from '../../core/scope.ts';
import type { Aws } from './aws.ts';
import { awsCode } from './aws-errors.ts';
import { describeImages } from './describe.ts';
import { findAmi } from './find-ami.ts';
import type { ImageTags } from './image-tags.ts';
import { intendInCloud } from './intend-in-cloud.ts';
import { makeOwned, type Owned } from './owned.ts';
import { removeThing } from './remove-thing.ts';
import { BAKE_TAG, tagsOf } from './tags.ts';
import { CONSISTENT, until } from './until.ts';

/** An AMI that is about to be made. */
export interface NewImage {
  /** As AWS knows it. */
  readonly name: string;
  /** Its tag `kiln.bake`. */
  readonly bake: string;
  /** For people: `AMI of web`. */
  readonly label: string;
}

/** The AMI of a bake: each makes one, so the name is nobody else's. */
export function newImage({ template, bake }: Pick<ImageTags, 'template' | 'bake'>): NewImage {
  return { name: `kiln/${template}/${bake}`, bake, label: `AMI of ${template}` };
}

/**
 * Makes an AMI that goes with the scope, with its snapshots, until it is kept. Not every call that makes one has a
 * token: a second try finds the first one's AMI by its name. Its id is in the ledger when this ends.
 */
export async function makeImage(
  aws: Aws,
  of: NewImage,
  call: () => Promise<AmiId>,
  scope: Scope,
  signal: AbortSignal,
): Promise<Owned<AmiId>> {
  const { region } = aws;
  const began = performance.now();
  const made = await makeOwned<AmiId>(
    {
      label: `${of.label} in ${region}`,
      intent: await intendInCloud(aws, of.bake, scope, signal),
      async make() {
        try {
          return await call();
        } catch (error) {
          const isTaken = error instanceof Fault && awsCode(error.cause) === 'InvalidAMIName.Duplicate';
          const [first] = isTaken ? await imagesOf(aws, of, signal) : [];
          if (first === undefined) throw error;
          return first;
        }
      },
      find: async (cleanup) => await imagesOf(aws, of, cleanup),
      remove: async (id, cleanup) => await removeImage(aws, { id, began }, cleanup),
    },
    scope,
    signal,
  );
  const intent = scope.intend({ kind: 'ami', region, id: made.id });
  return {
    id: made.id,
    keep() {
      made.keep();
      intent.settle();
    },
  };
}

/** The AMI of a bake, if there is one. */
async function imagesOf(aws: Aws, { name, bake }: NewImage, signal: AbortSignal): Promise<AmiId[]> {
  const filters = [{ Name: 'name', Values: [name] }];
  const images = await describeImages(aws, { owner: 'self', filters }, signal);
  const own = images.filter(({ Tags }) => tagsOf(Tags)[BAKE_TAG] === bake);
  return own.map(({ ImageId }) => ImageId as AmiId);
}

/** That AWS does not know it right after it was made is no end of it. */
async function removeImage(
  aws: Aws,
  { id, began }: { readonly id: AmiId; readonly began: number },
  signal: AbortSignal,
): Promise<void> {
  const known = async () => {
    const ami = await findAmi(aws, id, signal);
    return ami ?? (performance.now() - began < CONSISTENT.within ? undefined : 'gone');
  };
  const ami = await until(`the AMI ${id} is known`, known, CONSISTENT, signal);
  const parts = ami === 'gone' ? [] : ami.snapshots;
  await removeThing(aws, { kind: 'AMI', region: aws.region, id, parts }, signal);
}
