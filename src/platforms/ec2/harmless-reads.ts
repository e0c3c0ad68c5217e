import type { Aws } from './aws.ts';
import type { DryRun, DryRunSubjects } from './dry-runs.ts';

/** Beside the paths that environments have their parameters at, unless they say otherwise; nothing is there. */
const PARAMETERS = '/kiln/doctor';

/**
 * Actions of EBS direct and Parameter Store that change nothing, by name, asked for real as there are no dry runs of them.
 * What they give is thrown away.
 */
export async function harmlessReads(
  aws: Aws,
  { ours }: Pick<DryRunSubjects, 'ours'>,
): Promise<ReadonlyMap<string, DryRun>> {
  const { DescribeParametersCommand, GetParametersByPathCommand, SSMClient } = await import(
    '@aws-sdk/client-ssm'
  );
  const ssm = new SSMClient(aws.settings);
  const reads = new Map<string, (abortSignal: AbortSignal) => Promise<unknown>>([
    [
      'ssm:DescribeParameters',
      (abortSignal) => ssm.send(new DescribeParametersCommand({ MaxResults: 1 }), { abortSignal }),
    ],
    [
      'ssm:GetParametersByPath',
      (abortSignal) =>
        ssm.send(new GetParametersByPathCommand({ Path: PARAMETERS, MaxResults: 1 }), {
          abortSignal,
        }),
    ],
  ]);
  const SnapshotId = ours('snapshot')?.id ?? ours('AMI')?.parts[0];
  if (SnapshotId !== undefined) {
    const { EBSClient, ListSnapshotBlocksCommand } = await import('@aws-sdk/client-ebs');
    const ebs = new EBSClient(aws.settings);
    // The least that it takes.
    const asked = { SnapshotId, MaxResults: 100 };
    reads.set('ebs:ListSnapshotBlocks', (abortSignal) =>
      ebs.send(new ListSnapshotBlocksCommand(asked), { abortSignal }),
    );
  }
  return new Map(
    [...reads].map(([action, read]) => [action, (signal) => aws.askAs(action, read, signal)] as const),
  );
}
