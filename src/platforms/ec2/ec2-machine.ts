import { Fault } from '../../core/fault.ts';
import type { Init, Machine } from '../platform.ts';
import type { SshConnection } from '../ssh/connection.ts';
import { explainedSsh } from '../ssh/explained.ts';
import type { Aws } from './aws.ts';
import { consoleLines, instanceState, stateText } from './instance-state.ts';

const ASK_MS = 20_000;

/** A running instance as a machine. */
export function ec2Machine(
  aws: Aws,
  { id, init, ssh }: { readonly id: string; readonly init: Init; readonly ssh: SshConnection },
  remove: () => Promise<void>,
): Machine {
  /** A lost connection is told with what became of the instance. */
  async function explain(error: unknown): Promise<unknown> {
    if (!(error instanceof Fault) || error.code !== 'MACHINE_LOST') return error;
    const within = AbortSignal.timeout(ASK_MS);
    const state = await instanceState(aws, id, within).then(stateText, () => 'unknown');
    const details = [...error.details, ...(await consoleLines(aws, id, within))];
    return new Fault('MACHINE_LOST', `${error.message}; the instance ${id} is ${state}`, {
      details,
      hint: 'A step that breaks sshd, sudo or the network cuts the bake off; spare capacity may be taken back.',
      cause: error,
    });
  }

  return {
    id,
    platform: 'ec2',
    init,
    // its security group lets nobody in but by ssh
    address: undefined,
    remove,
    ...explainedSsh(ssh, explain),
  };
}
