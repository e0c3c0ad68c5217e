import type { Scope } from '../../core/scope.ts';
import { newKeyPair } from '../ssh/key-pair.ts';
import type { Aws } from './aws.ts';
import { isNotFound } from './aws-errors.ts';
import { type Tags, tagSpecifications } from './tags.ts';

/**
 * A key pair for one instance: made here, in a private folder in memory, and only its public half imported. The scope
 * removes it from the account; gives the file of the private half.
 */
export async function temporaryKey(
  aws: Aws,
  { name, folder, tags }: { readonly name: string; readonly folder: string; readonly tags: Tags },
  scope: Scope,
  signal: AbortSignal,
): Promise<{ readonly file: string; remove(): Promise<void> }> {
  const { ImportKeyPairCommand } = await import('@aws-sdk/client-ec2');
  const { file, publicKey } = await newKeyPair(folder, signal);
  const command = new ImportKeyPairCommand({
    KeyName: name,
    PublicKeyMaterial: Buffer.from(publicKey),
    TagSpecifications: tagSpecifications(['key-pair'], tags),
  });
  await aws.make('ec2:ImportKeyPair', (abortSignal) => aws.ec2.send(command, { abortSignal }), signal);
  const remove = (cleanup: AbortSignal) => deleteKey(aws, name, cleanup);
  const forget = scope.defer(`key pair ${name}`, remove, 'bake gc --platform ec2');
  return {
    file,
    async remove() {
      await remove(new AbortController().signal);
      forget();
    },
  };
}

async function deleteKey(aws: Aws, KeyName: string, signal: AbortSignal): Promise<void> {
  const { DeleteKeyPairCommand } = await import('@aws-sdk/client-ec2');
  const command = new DeleteKeyPairCommand({ KeyName });
  await aws
    .make('ec2:DeleteKeyPair', (abortSignal) => aws.ec2.send(command, { abortSignal }), signal)
    .catch(unlessGone);
}

function unlessGone(error: unknown): void {
  if (!isNotFound(error)) throw error;
}
