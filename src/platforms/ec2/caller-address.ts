import { isIPv4 } from 'node:net';
import { Fault } from '../../core/fault.ts';
import { withDeadline } from '../../core/wait.ts';

/** AWS's own service, which answers with the address that asks (as its console does for "My IP"). */
const CHECK_IP = 'https://checkip.amazonaws.com';
const WITHIN_MS = 15_000;

/** The public address that this host is seen by, as a range of one; `CLOUD_UNREACHABLE` when nobody says it. */
export async function callerRange(signal: AbortSignal, url: string = CHECK_IP): Promise<string> {
  const late = () => new Error(`no answer within ${WITHIN_MS / 1000} s`);
  using deadline = withDeadline(signal, WITHIN_MS, late);
  try {
    const answer = await fetch(url, { signal: deadline.signal });
    const address = (await answer.text()).trim();
    if (!answer.ok || !isIPv4(address)) throw new Error(`it answered ${answer.status}, and no address`);
    return `${address}/32`;
  } catch (cause) {
    signal.throwIfAborted();
    throw new Fault('CLOUD_UNREACHABLE', `the address of this host cannot be asked of ${url}`, {
      hint: 'Say it in the template, `instance: { from: 203.0.113.7/32 }`, or reach the instance by its private address.',
      cause,
    });
  }
}
