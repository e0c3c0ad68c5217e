import { connect } from 'node:net';
import { seconds } from './seconds.ts';

/** Whether something takes TCP connections from this host within so many milliseconds: `yes`, or why not. */
export async function connectFromOutside(
  { host, port, timeout }: { readonly host: string; readonly port: number; readonly timeout: number },
  signal: AbortSignal,
): Promise<string> {
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(timeout)]);
  const answer = await new Promise<string>((resolve) => {
    const socket = connect({ host, port, signal: deadline });
    socket.once('connect', () => resolve('yes'));
    socket.on('error', (error) => resolve(error.message));
    socket.once('connect', () => socket.destroy());
  });
  signal.throwIfAborted();
  return deadline.aborted && answer !== 'yes' ? `no answer within ${seconds(timeout)}` : answer;
}
