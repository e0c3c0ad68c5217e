import { type Aws, actionOf } from '../../src/platforms/ec2/aws.ts';
import { awsFault } from '../../src/platforms/ec2/aws-fault.ts';
import { awsIdentity } from '../../src/platforms/ec2/aws-identity.ts';

export type AwsInput = Readonly<Record<string, unknown>>;

export interface FakeAws {
  readonly aws: Aws;
  /** What it was asked, in its order. */
  readonly sent: readonly (readonly [name: string, input: AwsInput])[];
}

/**
 * A FAKE of EC2 in one region: a command is answered by the function of its name, `CopyImage`, and by nothing where there
 * is none; what that throws becomes a fault as AWS's errors do. `told` is given each name too. Nothing of AWS is proven.
 */
export function fakeAws(
  answers: Readonly<Record<string, (input: AwsInput) => unknown>>,
  told: string[] = [],
): FakeAws {
  const [region, identity] = ['eu-west-1', awsIdentity({})] as const;
  const sent: (readonly [string, AwsInput])[] = [];
  const answer = async (command: { readonly input: AwsInput }) => {
    const action = actionOf(command);
    const name = action.replace('ec2:', '');
    sent.push([name, command.input]);
    told.push(name);
    try {
      return answers[name]?.(command.input) ?? {};
    } catch (error) {
      throw awsFault(error, { action, region, identity });
    }
  };
  const account = async () => '111122223333';
  return { aws: { region, identity, account, ask: answer, make: answer } as unknown as Aws, sent };
}

/** What the SDK throws where AWS says no, `InvalidGroup.NotFound`. */
export function refusal(name: string): Error {
  return Object.assign(new Error(`${name}, says AWS`), { name, $metadata: { httpStatusCode: 400 } });
}

/** What it throws where no answer came. */
export function noAnswer(): Error {
  return Object.assign(new Error('it took too long'), { name: 'TimeoutError', $metadata: {} });
}
