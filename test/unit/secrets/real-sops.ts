import { type ExecFileException, execFile } from 'node:child_process';
import { access, constants, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheHome } from '../../../src/core/home.ts';

const MODULE = 'github.com/getsops/sops/v3';
const VERSION = 'v3.13.3';
const PROXY_DEADLINE_MS = 20_000;

/** The program sops itself, as the tests that exchange files with it want it. */
export interface RealSops {
  /** Why it cannot be had here; false when it can. */
  readonly skip: string | false;
  /** Its path; built by Go when it is not there yet, which takes minutes. */
  path(signal: AbortSignal): Promise<string>;
}

/** Finds sops in PATH, in Go's folder or in our cache; else says whether Go can build it. */
export async function findRealSops(): Promise<RealSops> {
  const cache = join(cacheHome(), 'test-tools', `sops-${VERSION}`);
  const gopath = await run('go', ['env', 'GOPATH'], {}, PROXY_DEADLINE_MS).catch(() => undefined);
  const folders = [
    ...(process.env['PATH'] ?? '').split(':'),
    ...(gopath === undefined ? [] : [`${gopath.trim()}/bin`]),
    cache,
  ];
  for (const folder of folders) {
    const path = join(folder, 'sops');
    if (await isProgram(path)) return { skip: false, path: async () => path };
  }
  if (gopath === undefined)
    return { skip: 'sops is not installed, and there is no Go to build it with', path: never };
  const proxy = await run('go', ['list', '-m', `${MODULE}@${VERSION}`], {}, PROXY_DEADLINE_MS).catch(
    () => undefined,
  );
  if (proxy === undefined)
    return { skip: `sops is not installed, and Go cannot get ${MODULE}@${VERSION}`, path: never };
  return {
    skip: false,
    async path(signal) {
      await mkdir(cache, { recursive: true });
      if (!(await isProgram(join(cache, 'sops'))))
        await run('go', ['install', `${MODULE}/cmd/sops@${VERSION}`], { GOBIN: cache }, 0, signal);
      return join(cache, 'sops');
    },
  };
}

async function never(): Promise<never> {
  throw new Error('there is no sops here');
}

async function isProgram(path: string): Promise<boolean> {
  return await access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

/** Runs a program to its end and gives its stdout; fails with its stderr. */
export async function run(
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
  timeout = 0,
  signal?: AbortSignal,
  input = '',
): Promise<string> {
  return await new Promise((resolve, reject) => {
    const options = { env: { ...process.env, ...env }, timeout, ...(signal === undefined ? {} : { signal }) };
    const child = execFile(program, [...args], options, (error: ExecFileException | null, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`${program} ${args.join(' ')}: ${stderr || error.message}`));
    });
    // A program that has ended already needs no input; its exit code says the rest.
    child.stdin?.on('error', () => {}).end(input);
  });
}
