import { canonicalJson, digestOf } from '../core/digest.ts';
import type { AmiSource, IdentifiedBase, ReadyBase } from './base.ts';
import type { BaseContext } from './base-context.ts';

/** What AWS calls an architecture, as everybody else does. */
const ARCHITECTURES = { x86_64: 'amd64', arm64: 'arm64' } as const;

/**
 * A vendor's AMI: the newest of that name there is now, by its id in the region. What is in it is not read; whoever
 * may write it could not change what an id stands for.
 */
export async function amiBase(
  name: string,
  source: AmiSource,
  region: string | undefined,
  { ec2, signal }: BaseContext,
): Promise<IdentifiedBase> {
  const amis = await ec2(region);
  const ami = await amis.findAmi(source, signal);
  const { owner, architecture } = source;
  const base: ReadyBase = {
    layers: [],
    architecture: ARCHITECTURES[architecture],
    run: {},
    ami,
    manifest: async () => [],
    epoch: ami.created,
    disk: () => {
      throw new Error(`${name} is an AMI, which no virtual machine starts from`);
    },
  };
  return {
    name,
    source: `ami ${ami.name} of ${owner}, ${ami.id} in ${ami.region}`,
    digest: digestOf(canonicalJson({ owner, id: ami.id, region: ami.region })),
    prepare: async () => base,
  };
}
