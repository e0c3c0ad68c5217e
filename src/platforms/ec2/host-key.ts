import { Fault } from '../../core/fault.ts';
import type { Aws } from './aws.ts';
import { awsCode } from './aws-errors.ts';

const BEGIN = '-----BEGIN SSH HOST KEY KEYS-----';
const END = '-----END SSH HOST KEY KEYS-----';
/** The best first. One of RSA is longer than the tag that it is remembered by may be. */
const TYPES = ['ssh-ed25519', 'ecdsa-sha2-nistp256'];

/**
 * The public host key that a machine has printed to its console at its first start, as cloud-init does; nothing as long
 * as it is not there whole. What AWS shows of a console is the machine's own, whoever sits in between on the network.
 */
export function hostKeyOf(console: string): string | undefined {
  const begin = console.lastIndexOf(BEGIN);
  const end = console.indexOf(END, begin);
  if (begin === -1 || end === -1) return undefined;
  const lines = console.slice(begin, end);
  for (const type of TYPES) {
    const key = new RegExp(`(?:^|\\s)(${type} [A-Za-z0-9+/]+={0,2})(?:\\s|$)`, 'm').exec(lines)?.[1];
    if (key !== undefined) return key;
  }
  return undefined;
}

/** What an instance has printed to its console so far; the newest where its type can say that, else what AWS has kept. */
export async function consoleOf(aws: Aws, awsId: string, signal: AbortSignal): Promise<string> {
  const { GetConsoleOutputCommand } = await import('@aws-sdk/client-ec2');
  const ask = async (Latest: boolean) => {
    const command = new GetConsoleOutputCommand({ InstanceId: awsId, ...(Latest ? { Latest } : {}) });
    const { Output = '' } = await aws.ask(command, signal);
    return Buffer.from(Output, 'base64').toString();
  };
  try {
    return await ask(true);
  } catch (error) {
    // Only instances of the Nitro system have the newest.
    const code = error instanceof Fault ? awsCode(error.cause) : '';
    if (code !== 'UnsupportedOperation' && code !== 'InvalidParameterCombination') throw error;
    return await ask(false);
  }
}
