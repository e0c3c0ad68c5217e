import { hostname, userInfo } from 'node:os';

/** Who uses this process, for what is written down: `alice@build-1`; of root under sudo, who called it. */
export function operator(env: Readonly<Record<string, string | undefined>> = process.env): string {
  return `${userName(env['SUDO_USER'])}@${hostname()}`;
}

function userName(caller: string | undefined): string {
  const uid = process.getuid?.();
  if (uid === 0 && caller) return caller;
  try {
    return userInfo().username;
  } catch {
    // A container may run as a number that no account has.
    return `uid ${uid}`;
  }
}
