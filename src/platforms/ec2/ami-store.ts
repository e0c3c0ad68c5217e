import type { EBSClient } from '@aws-sdk/client-ebs';
import type { AmiId } from '../../core/form-id.ts';
import type { Scope } from '../../core/scope.ts';
import type { Aws } from './aws.ts';
import { accountToNote } from './caller-account.ts';
import { amiState } from './find-ami.ts';
import { type ImageTags, tagsOfPublished } from './image-tags.ts';
import { readSnapshot } from './read-snapshot.ts';
import { type AmiSpec, registerImage } from './register-image.ts';
import { setTags } from './set-tags.ts';
import { watchTries } from './tries.ts';
import { type SnapshotSpec, writeSnapshot } from './write-snapshot.ts';

/** The AMIs and snapshots of one region. */
export function amiStore(aws: Aws) {
  let opened: Promise<EBSClient> | undefined;
  const ebs = () => {
    opened ??= import('@aws-sdk/client-ebs').then(({ EBSClient }) => watchTries(new EBSClient(aws.settings)));
    return opened;
  };
  return {
    region: aws.region,
    account: (signal: AbortSignal) => accountToNote(aws, signal),
    async connect(signal: AbortSignal) {
      const { DescribeSnapshotsCommand } = await import('@aws-sdk/client-ec2');
      await aws.ask(new DescribeSnapshotsCommand({ OwnerIds: ['self'], MaxResults: 5 }), signal);
    },
    async isThere(id: AmiId, signal: AbortSignal) {
      return (await amiState(aws, id, signal)) === 'available';
    },
    writeSnapshot: async (spec: SnapshotSpec, scope: Scope, signal: AbortSignal) =>
      await writeSnapshot(aws, await ebs(), spec, scope, signal),
    register: async (spec: AmiSpec, scope: Scope, signal: AbortSignal) =>
      await registerImage(aws, spec, scope, signal),
    readSnapshot: async (id: string, file: string, signal: AbortSignal) =>
      await readSnapshot(aws, await ebs(), id, file, signal),
    async name(ids: readonly string[], image: string, digest: string, of: ImageTags, signal: AbortSignal) {
      await setTags(aws, ids, tagsOfPublished(image, digest, of), signal);
    },
  };
}
