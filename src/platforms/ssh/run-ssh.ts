import { execa } from 'execa';

/** A running client. */
export type SshProcess = ReturnType<typeof runSsh>;

/**
 * Starts the OpenSSH client, out of reach of the terminal's Ctrl-C (what runs in the machine is ended in order) and
 * tied to this process: the kernel ends it when this process is gone, however it went. It gets no agent.
 */
export function runSsh(args: readonly string[], stdin: 'pipe' | 'ignore') {
  return execa('setpriv', ['--pdeathsig', 'TERM', '--', 'ssh', ...args], {
    stdin,
    stdout: 'pipe',
    stderr: 'pipe',
    buffer: false,
    reject: false,
    detached: true,
    // ssh runs a proxy command and nothing else by this shell, and finds the user's agent nowhere
    env: { LC_ALL: 'C', SHELL: '/bin/sh', SSH_AUTH_SOCK: undefined, SSH_ASKPASS: undefined },
  });
}
