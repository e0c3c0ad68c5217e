import type { Machine } from '../platform.ts';
import type { SshConnection } from './connection.ts';

/** What a machine does over a connection; what fails is thrown as `explain` tells it. */
export function explainedSsh(
  ssh: SshConnection,
  explain: (error: unknown) => Promise<unknown>,
): Pick<Machine, 'enter' | 'exec' | 'upload' | 'download'> {
  async function explained<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      throw await explain(error);
    }
  }
  return {
    enter: ssh.enter,
    exec: (argv, options) => explained(ssh.exec(argv, options)),
    upload: (folder, archive, signal) => explained(ssh.upload(folder, archive, signal)),
    async *download(path, signal) {
      try {
        yield* ssh.download(path, signal);
      } catch (error) {
        throw await explain(error);
      }
    },
  };
}
