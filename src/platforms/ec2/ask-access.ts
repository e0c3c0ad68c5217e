import { Fault } from '../../core/fault.ts';
import { sideBySide } from '../../core/side-by-side.ts';
import type { AccessAnswer, CloudAccess } from '../cloud-access.ts';
import type { CloudKind, CloudThing } from '../cloud-leftovers.ts';
import type { Aws } from './aws.ts';
import { awsCode } from './aws-errors.ts';
import { accountToNote } from './caller-account.ts';
import { type DryRun, dryRuns } from './dry-runs.ts';
import { findThings } from './find-things.ts';
import { harmlessReads } from './harmless-reads.ts';
import { permissionsFor, type Use } from './permissions.ts';

/** Dry runs that are under way at once. */
const AT_ONCE = 8;

type Answer = Pick<AccessAnswer, 'state' | 'reason'>;

const ALLOWED: Answer = { state: 'allowed' };
const NOT_UNDERSTOOD: Answer = { state: 'not asked', reason: 'its dry run was not understood' };
const NOTHING_OF_OURS = 'there is nothing of ours yet that it could be asked about';
const NO_DRY_RUN = 'AWS has no dry run of it';

/**
 * Asks AWS for each action that we need for some uses whether it may be done, without doing it. Those that are about what is ours
 * are asked about something that is: of anything else the least policy forbids them, rightly. Throws `CLOUD_LOCKED` when
 * the credentials are not accepted, and `CLOUD_FAILED` where dry runs are not understood, before anything is asked that
 * would do harm then.
 */
export async function askAccess(aws: Aws, uses: readonly Use[], signal: AbortSignal): Promise<CloudAccess> {
  const actions = new Map(permissionsFor(uses).map(({ action, why }) => [action, why]));
  const first = await dryRuns(aws, { ours: () => undefined, image: undefined });
  await assertUnderstood(aws, first.get('ec2:DescribeRegions'), signal);
  const things = await unlessDenied(findThings(aws, undefined, signal), []);
  const ours = (kind: CloudKind): CloudThing | undefined => things.find((thing) => thing.kind === kind);
  const image = ours('AMI')?.id ?? (await unlessDenied(anyImage(aws, signal), undefined));
  const runs = new Map([...(await dryRuns(aws, { ours, image })), ...(await harmlessReads(aws, { ours }))]);
  const answers = await sideBySide([...actions], AT_ONCE, async ([action, why]) => {
    // What only reads may as well be done.
    const undry = /:(Describe|Get|List)/.test(action) ? ALLOWED : NOT_UNDERSTOOD;
    return { action, why, ...(await answerTo(action, runs.get(action), signal, undry)) };
  });
  const account = await accountToNote(aws, signal);
  return { region: aws.region, identity: aws.identity.who, account, answers };
}

async function assertUnderstood(aws: Aws, run: DryRun | undefined, signal: AbortSignal): Promise<void> {
  const { state } = await answerTo('ec2:DescribeRegions', run, signal);
  if (state !== 'not asked') return;
  throw new Fault('CLOUD_FAILED', `what answers for EC2 in ${aws.region} knows no dry runs`, {
    hint: 'Is AWS_ENDPOINT_URL set? Nothing more was asked of it.',
  });
}

async function answerTo(
  action: string,
  run: DryRun | undefined,
  signal: AbortSignal,
  undry: Answer = NOT_UNDERSTOOD,
): Promise<Answer> {
  const isOfEc2 = action.startsWith('ec2:');
  if (run === undefined) return { state: 'not asked', reason: isOfEc2 ? NOTHING_OF_OURS : NO_DRY_RUN };
  try {
    await run(signal);
    return undry;
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof Fault)) throw error;
    // Another service than EC2's may not be reached from here; that leaves the others.
    if (error.code === 'CLOUD_LOCKED' || (isOfEc2 && error.code === 'CLOUD_UNREACHABLE')) throw error;
    if (error.code === 'CLOUD_DENIED') return { state: 'denied', reason: error.message };
    if (awsCode(error.cause) === 'DryRunOperation') return ALLOWED;
    // AWS looks at what is asked for before or after who asks.
    return { state: 'not asked', reason: error.message };
  }
}

/** One of Amazon's, which every account can see. */
async function anyImage(aws: Aws, signal: AbortSignal): Promise<string | undefined> {
  const { DescribeImagesCommand } = await import('@aws-sdk/client-ec2');
  const Filters = [
    { Name: 'name', Values: ['al2023-ami-minimal-*'] },
    { Name: 'state', Values: ['available'] },
  ];
  const { Images = [] } = await aws.ask(new DescribeImagesCommand({ Owners: ['amazon'], Filters }), signal);
  return Images[0]?.ImageId;
}

async function unlessDenied<T>(asked: Promise<T>, otherwise: T): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof Fault && error.code === 'CLOUD_DENIED') return otherwise;
    throw error;
  }
}
