import { stripVTControlCharacters } from 'node:util';
import type { Instance } from '@aws-sdk/client-ec2';
import type { Aws } from './aws.ts';

const CONSOLE_LINES = 20;

/** An instance as AWS has it now. Throws what AWS says of one that it does not know, or not yet. */
export async function instanceState(aws: Aws, id: string, signal: AbortSignal): Promise<Instance> {
  const { DescribeInstancesCommand } = await import('@aws-sdk/client-ec2');
  const { Reservations = [] } = await aws.ask(new DescribeInstancesCommand({ InstanceIds: [id] }), signal);
  return Reservations[0]?.Instances?.[0] ?? {};
}

/** `terminated: Server.SpotInstanceTermination: …`: the state, and why it is that where AWS says so. */
export function stateText({ State, StateReason, StateTransitionReason }: Instance): string {
  const why = StateReason?.Message ?? StateTransitionReason ?? '';
  return why === '' ? (State?.Name ?? 'unknown') : `${State?.Name ?? 'unknown'}: ${why}`;
}

/** The last lines of an instance's console; none when AWS has none yet, or does not give it. */
export async function consoleLines(aws: Aws, id: string, signal: AbortSignal): Promise<string[]> {
  const { GetConsoleOutputCommand } = await import('@aws-sdk/client-ec2');
  const command = new GetConsoleOutputCommand({ InstanceId: id });
  const { Output = '' } = await aws.ask(command, signal).catch(() => ({ Output: '' }));
  return stripVTControlCharacters(Buffer.from(Output, 'base64').toString('utf8'))
    .split('\n')
    .map((line) => line.replace(/[^\x20-\x7e\u00a0-\uffff]/g, '').trimEnd())
    .filter((line) => line !== '')
    .slice(-CONSOLE_LINES)
    .map((line) => `console: ${line}`);
}
