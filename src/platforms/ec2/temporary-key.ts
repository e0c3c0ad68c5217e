import type { Scope } from '../../core/scope.ts';
import { newKeyPair } from '../ssh/key-pair.ts';
import type { Aws } from './aws.ts';
import { unless, unlessGone } from './aws-errors.ts';
import { intendInCloud } from './intend-in-cloud.ts';
import { makeOwned } from './owned.ts';
import { BAKE_TAG, type Tags, tagSpecifications } from './tags.ts';

/** Something temporary of a bake's instance, which goes with the scope, or before it. */
export interface Temporary {
  readonly id: string;
  remove(): Promise<void>;
}

/**
 * A key pair for one instance: made here, in a private folder in memory, and only its public half imported. It is known
 * by its name, which has the bake in it; gives the file of the private half too.
 */
export async function temporaryKey(
  aws: Aws,
  { name, folder, tags }: { readonly name: string; readonly folder: string; readonly tags: Tags },
  scope: Scope,
  signal: AbortSignal,
): Promise<Temporary & { readonly file: string }> {
  const { DeleteKeyPairCommand, ImportKeyPairCommand } = await import('@aws-sdk/client-ec2');
  const { file, publicKey } = await newKeyPair(folder, signal);
  const command = new ImportKeyPairCommand({
    KeyName: name,
    PublicKeyMaterial: Buffer.from(publicKey),
    TagSpecifications: tagSpecifications(['key-pair'], tags),
  });
  const remove = async (_id: string, cleanup: AbortSignal) => {
    await aws.make(new DeleteKeyPairCommand({ KeyName: name }), cleanup).catch(unlessGone);
  };
  const owned = await makeOwned(
    {
      label: `key pair ${name}`,
      intent: await intendInCloud(aws, tags[BAKE_TAG] ?? '', scope, signal),
      async make() {
        // A first try of the same call, whose answer was lost.
        await aws.make(command, signal).catch(unless('InvalidKeyPair.Duplicate'));
        return name;
      },
      find: async () => [name],
      remove,
    },
    scope,
    signal,
  );
  return {
    id: name,
    file,
    async remove() {
      await remove(name, new AbortController().signal);
      owned.keep();
    },
  };
}
