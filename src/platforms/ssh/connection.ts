import { Fault } from '../../core/fault.ts';
import type { Machine } from '../platform.ts';
import { execOver } from './exec.ts';
import type { Link } from './link.ts';
import { type Refusal, type SshOptions, startMaster } from './master.ts';
import { enterCommand, KEEP_ALIVE } from './ssh-command.ts';
import type { SshTarget } from './target.ts';
import { downloadOver, readRootOver, uploadOver } from './transfer.ts';

/** A connection to a machine, which all that runs in it shares. */
export interface SshConnection extends Pick<Machine, 'exec' | 'upload' | 'download' | 'enter'> {
  readonly target: SshTarget;
  /** The machine's root file system as a tar stream, without what is mounted over it. */
  readRoot(signal: AbortSignal): AsyncIterable<Uint8Array>;
  /** Whether it stands, as far as this host knows; one that is cut is noticed within half a minute. */
  alive(): boolean;
  /** Ends it, waits for that and leaves nothing in its folder. */
  close(): Promise<void>;
}

/** Connects once. `MACHINE_UNREACHABLE` says why nobody answered, or who did. */
export async function openSsh(
  target: SshTarget,
  options: SshOptions,
  signal: AbortSignal,
): Promise<SshConnection> {
  const attempt = await startMaster(target, options, signal);
  if ('refusal' in attempt) throw refusalFault(target, attempt.refusal);
  return connectionOf({ target, master: attempt.master, keepAlive: options.keepAlive ?? KEEP_ALIVE });
}

/** The connection that a running client holds. */
export function connectionOf(link: Link): SshConnection {
  const { target, master } = link;
  return {
    target,
    enter: enterCommand(target),
    alive: () => master.alive(),
    close: () => master.end(),
    exec: (argv, options) => execOver(link, argv, options),
    upload: (folder, archive, signal) => uploadOver(link, folder, archive, signal),
    download: (path, signal) => downloadOver(link, path, signal),
    readRoot: (signal) => readRootOver(link, signal),
  };
}

/** What a refused connection is told as; `after` says how long it was tried. */
export function refusalFault(
  { host, port, user }: SshTarget,
  { kind, words }: Refusal,
  after = '',
  evidence: readonly string[] = [],
  unanswered = 'See the console for how far it came; it needs an sshd, a network and time to boot.',
): Fault {
  const where = `${host} port ${port}`;
  const details = [...words.slice(-5), ...evidence];
  if (kind === 'wrong host key') {
    return new Fault('MACHINE_UNREACHABLE', `another machine answers on ${where}: its host key is not ours`, {
      details,
      hint: 'Something else listens there, or sits in between; nothing was sent to it.',
    });
  }
  if (kind === 'key refused') {
    return new Fault('MACHINE_UNREACHABLE', `the machine on ${where} refused our key for ${user}${after}`, {
      details,
      hint: 'The image may take no key from a credential, or its sshd may refuse this user.',
    });
  }
  return new Fault('MACHINE_UNREACHABLE', `ssh did not answer on ${where}${after}`, {
    details,
    hint: unanswered,
  });
}
