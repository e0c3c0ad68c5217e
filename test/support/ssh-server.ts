import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { openSsh, type SshConnection } from '../../src/platforms/ssh/connection.ts';
import { newKeyPair } from '../../src/platforms/ssh/key-pair.ts';
import { KEEP_ALIVE, type KeepAlive } from '../../src/platforms/ssh/ssh-command.ts';
import type { SshTarget } from '../../src/platforms/ssh/target.ts';
import { freePorts } from './free-ports.ts';

const SSHD = '/usr/sbin/sshd';
/** Where Debian's sshd wants a folder of its own when root starts it. */
const PRIVILEGE_FOLDER = '/run/sshd';

/** Why tests against a real sshd cannot run here; false when they can. */
export const noSshServer = existsSync(SSHD) ? false : 'there is no sshd (apt-get install openssh-server)';

export interface SshServer extends AsyncDisposable {
  readonly target: SshTarget;
  /** For the control sockets of connections: a private folder with nothing else in it. */
  readonly folder: string;
  /** The files of the keys that it lets in; may be written while it runs. */
  readonly authorized: string;
  /** A public key that it lets in once it is written to `authorized`. */
  readonly publicKey: string;
  start(): Promise<void>;
  /** The server's own processes: the one that listens, and those of connections. */
  pids(): Promise<number[]>;
  signal(name: 'SIGKILL' | 'SIGSTOP'): Promise<void>;
}

export interface SshServerOptions {
  /** More lines of sshd_config. */
  readonly config?: readonly string[];
  readonly started?: boolean;
  readonly authorized?: boolean;
}

/** A real sshd on 127.0.0.1, with keys of its own, for the user who runs the tests. */
export async function sshServer({
  config = [],
  started = true,
  authorized = true,
}: SshServerOptions = {}): Promise<SshServer> {
  const signal = AbortSignal.timeout(60_000);
  const root = await mkdtemp(join(tmpdir(), 'kiln-ssh-'));
  // names that ssh would replace parts of, and cut
  const folder = join(root, 'a %p');
  const keys = join(root, 'key %h');
  for (const path of [folder, keys]) await mkdir(path, { mode: 0o700 });
  const [host, own, port] = await Promise.all([
    newKeyPair(root, signal),
    newKeyPair(keys, signal),
    freePorts(),
  ]);
  const file = join(root, 'authorized');
  await writeFile(file, authorized ? `${own.publicKey}\n` : '');
  const lines = [
    ...config,
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    `HostKey ${host.file}`,
    'PidFile none',
    `AuthorizedKeysFile ${file}`,
    'StrictModes no',
    'UsePAM no',
    // bash reads no ~/.bashrc then
    'SetEnv SHLVL=2',
  ];
  await writeFile(join(root, 'sshd_config'), `${lines.join('\n')}\n`);
  if (process.getuid?.() === 0) await mkdir(PRIVILEGE_FOLDER, { recursive: true, mode: 0o755 });
  let server: ChildProcess | undefined;
  let known: number[] = [];

  async function pids(): Promise<number[]> {
    const pid = server?.pid;
    if (pid === undefined || server?.exitCode !== null) return known;
    known = [pid, ...(await connectionsOf(pid))];
    return known;
  }

  const sent: SshServer = {
    target: {
      host: '127.0.0.1',
      port,
      user: userInfo().username,
      identity: own.file,
      hostKey: host.publicKey,
    },
    folder,
    authorized: file,
    publicKey: own.publicKey,
    pids,
    async start() {
      server = spawn(SSHD, ['-D', '-e', '-f', join(root, 'sshd_config')], {
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      let log = '';
      server.stderr?.setEncoding('utf8').on('data', (text: string) => {
        log += text;
      });
      while (!(await listens(port))) {
        signal.throwIfAborted();
        if (server.exitCode !== null) throw new Error(`sshd ended: ${log}`);
        await delay(20);
      }
    },
    async signal(name) {
      for (const pid of await pids()) kill(pid, name);
    },
    async [Symbol.asyncDispose]() {
      await sent.signal('SIGKILL');
      if (server !== undefined && server.exitCode === null && server.signalCode === null)
        await once(server, 'exit');
      await rm(root, { recursive: true, force: true });
    },
  };
  if (started) await sent.start();
  return sent;
}

/** A connection to it that is closed at the end of the test. */
export async function connected(
  server: SshServer,
  signal: AbortSignal,
  keepAlive: KeepAlive = KEEP_ALIVE,
): Promise<SshConnection & AsyncDisposable> {
  const { target, folder } = server;
  const connection = await openSsh(target, { folder, timeout: 60_000, keepAlive }, signal);
  return { ...connection, [Symbol.asyncDispose]: () => connection.close() };
}

/** The sshd processes below this one; what they run for their clients is not among them. */
async function connectionsOf(parent: number): Promise<number[]> {
  const found: number[] = [];
  for (const { pid, ppid, name } of await processes()) {
    if (ppid !== parent || name !== 'sshd') continue;
    found.push(pid, ...(await connectionsOf(pid)));
  }
  return found;
}

export interface ProcessSeen {
  readonly pid: number;
  readonly ppid: number;
  readonly name: string;
  readonly commandLine: string;
}

/** Every process of this host. */
export async function processes(): Promise<ProcessSeen[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const read = async (pid: string): Promise<ProcessSeen[]> => {
    try {
      const stat = await readFile(`/proc/${pid}/stat`, 'latin1');
      const commandLine = (await readFile(`/proc/${pid}/cmdline`, 'latin1')).replaceAll('\0', ' ').trim();
      const [, name = '', ppid = ''] = /\((.*)\) \S (\d+)/s.exec(stat) ?? [];
      return [{ pid: Number(pid), ppid: Number(ppid), name, commandLine }];
    } catch {
      return [];
    }
  };
  return (await Promise.all(pids.map(read))).flat();
}

function kill(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended.
  }
}

async function listens(port: number): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('data', () => resolve(true)).once('error', () => resolve(false));
    socket.once('data', () => socket.destroy());
  });
}
