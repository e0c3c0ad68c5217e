import { openWorkspace } from '../open-workspace.ts';
import { distributeAmi } from './distribute-ami.ts';
import type { DistributePorts } from './distribute-ports.ts';
import type { Distribution } from './distribution.ts';

export interface DistributeRequest {
  /** The workspace's folder, or one in it. */
  readonly workspace: string;
  /** `web`, `web@7` */
  readonly image: string;
  /** All that are declared when empty. */
  readonly regions: readonly string[];
}

/**
 * Brings an image's AMI to where its template wants it now, or finishes that: nothing is baked.
 *
 * `IMAGE_UNKNOWN`, `TEMPLATE_UNKNOWN`, `CONFIG_INVALID`, and what `distributeAmi` throws.
 */
export async function distributeImage(
  { workspace, image, regions }: DistributeRequest,
  ports: DistributePorts,
  signal: AbortSignal,
): Promise<Distribution> {
  const record = await ports.catalogue.get(image);
  const { templates } = await openWorkspace(workspace, [record.template], signal);
  const [template] = templates;
  if (template === undefined) throw new Error('the workspace gave no template');
  return await distributeAmi(record, template.ami, regions, ports, signal);
}
