import type { SshTarget } from './target.ts';

/** The name that the host key is pinned to, so that addresses and ports do not matter. */
const HOST_ALIAS = 'kiln';

/** Seconds between two questions whether the machine is still there, and how often it may fail to answer. */
export interface KeepAlive {
  readonly interval: number;
  readonly count: number;
}

/** A machine under emulation that has no time for ten seconds is not lost yet: 10 s, three times. */
export const KEEP_ALIVE: KeepAlive = { interval: 10, count: 3 };

/** Arguments of the client that holds the connection which all programs share. */
export function masterArgs(
  target: SshTarget,
  socket: string,
  connectSeconds: number,
  keepAlive: KeepAlive,
): string[] {
  return [
    ...connectionArgs(target, connectSeconds, keepAlive),
    ...options({ ControlMaster: 'yes', ControlPersist: 'no', StdinNull: 'yes', SessionType: 'none' }),
    ...['-S', withoutTokens(socket)],
    ...destination(target),
  ];
}

/** Arguments of a client that runs one program over the shared connection, and never makes one of its own. */
export function sessionArgs(target: SshTarget, socket: string, command: string): string[] {
  return [
    ...['-F', '/dev/null', '-T', '-S', withoutTokens(socket)],
    ...options({ ControlMaster: 'no', BatchMode: 'yes', LogLevel: 'ERROR', ProxyCommand: 'false' }),
    ...destination(target),
    command,
  ];
}

/** Arguments of a client that runs one program over a connection of its own. */
export function directArgs(
  target: SshTarget,
  connectSeconds: number,
  keepAlive: KeepAlive,
  command: string,
): string[] {
  return [
    ...connectionArgs(target, connectSeconds, keepAlive),
    ...['-T', '-S', 'none', '-o', 'LogLevel=ERROR'],
    ...destination(target),
    command,
  ];
}

/** The command by which a person enters; it needs nothing but the identity's file. */
export function enterCommand(target: SshTarget): string[] {
  const args = [...identityArgs(target), ...destination(target)];
  return target.sudo ? ['ssh', '-t', ...args, 'sudo -i'] : ['ssh', ...args];
}

function connectionArgs(target: SshTarget, connectSeconds: number, { interval, count }: KeepAlive): string[] {
  return [
    ...identityArgs(target),
    ...options({
      BatchMode: 'yes',
      ConnectTimeout: String(connectSeconds),
      ConnectionAttempts: '1',
      ServerAliveInterval: String(interval),
      ServerAliveCountMax: String(count),
      GSSAPIAuthentication: 'no',
      ClearAllForwardings: 'yes',
    }),
  ];
}

/** Never the user's files, agent or known hosts. */
function identityArgs(target: SshTarget): string[] {
  return [
    ...['-F', '/dev/null'],
    ...options({
      // Not by -i, which looks for the file before it reads `%%` as `%`.
      IdentityFile: quoted(withoutTokens(target.identity)),
      IdentitiesOnly: 'yes',
      IdentityAgent: 'none',
      PreferredAuthentications: 'publickey',
      StrictHostKeyChecking: 'yes',
      // By a command and not by a file: a person can enter when this process and its files are gone.
      KnownHostsCommand: `/bin/echo ${HOST_ALIAS} ${pinned(target.hostKey)}`,
      UserKnownHostsFile: '/dev/null',
      GlobalKnownHostsFile: '/dev/null',
      HostKeyAlias: HOST_ALIAS,
      HostKeyAlgorithms: hostKeyAlgorithms(target.hostKey),
      UpdateHostKeys: 'no',
      CheckHostIP: 'no',
      VerifyHostKeyDNS: 'no',
      // Under emulation the cheapest of those that every server has.
      KexAlgorithms: '^curve25519-sha256',
      Ciphers: '^aes128-gcm@openssh.com',
      ...(target.proxyCommand === undefined ? {} : { ProxyCommand: target.proxyCommand }),
    }),
  ];
}

function destination({ host, port, user }: SshTarget): string[] {
  return ['-p', String(port), '-l', user, '--', host];
}

/** The type and the key, without the comment; it becomes part of a command line of ssh's. */
function pinned(hostKey: string): string {
  const line = /^([a-z0-9@.-]+) ([A-Za-z0-9+/]+={0,2})(?:\s|$)/.exec(hostKey);
  if (line === null) throw new TypeError('a host key is `TYPE BASE64`');
  return `${line[1]} ${line[2]}`;
}

function hostKeyAlgorithms(hostKey: string): string {
  const type = hostKey.split(' ')[0] as string;
  return type === 'ssh-rsa' ? 'rsa-sha2-512,rsa-sha2-256' : type;
}

function options(values: Readonly<Record<string, string>>): string[] {
  return Object.entries(values).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
}

/** One word of ssh_config. */
function quoted(word: string): string {
  return `"${word.replaceAll(/["\\]/g, '\\$&')}"`;
}

/** ssh replaces `%h` and the like in paths. */
function withoutTokens(path: string): string {
  return path.replaceAll('%', '%%');
}
