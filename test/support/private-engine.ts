import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import Docker from 'dockerode';
import { execa } from 'execa';
import { Scope } from '../../src/core/scope.ts';
import { connectEngine } from '../../src/platforms/docker/engine.ts';
import { preparedBase } from './machine.ts';

export const ENGINE_SCRIPT = resolve(import.meta.dirname, '../../scripts/engine');

/** A KILN_HOME of its own; the private engine in it is stopped at the end. */
export interface EngineHome extends AsyncDisposable {
  readonly path: string;
  /** Runs `scripts/engine …` for it. */
  engine(
    words: string[],
    signal?: AbortSignal,
    changes?: Record<string, string>,
  ): Promise<{ exitCode?: number | undefined; stdout: string; stderr: string }>;
}

export async function temporaryHome(): Promise<EngineHome> {
  const path = await mkdtemp(join(tmpdir(), 'kiln-home-'));
  const engine: EngineHome['engine'] = (words, signal, changes = {}) =>
    execa(ENGINE_SCRIPT, words, {
      env: { KILN_HOME: path, DOCKER_HOST: '', ...changes },
      reject: false,
      ...(signal === undefined ? {} : { cancelSignal: signal }),
    });
  return {
    path,
    engine,
    async [Symbol.asyncDispose]() {
      await engine(['stop']);
      await rm(path, { recursive: true, force: true });
    },
  };
}

/** A private engine of a test's own, which can be killed and started again. */
export interface PrivateEngine extends AsyncDisposable {
  /** For `DOCKER_HOST`. */
  readonly address: string;
  readonly docker: Docker;
  /** Kills dockerd, which then has no time to say goodbye. */
  kill(): Promise<void>;
  start(): Promise<void>;
}

/** Starts one that has the minimal base; with `dataBytes`, all its data lies on a file system of that size. */
export async function privateEngine(signal: AbortSignal, dataBytes?: number): Promise<PrivateEngine> {
  const scope = new Scope();
  try {
    return await startedEngine(scope, signal, dataBytes);
  } catch (error) {
    await scope.close();
    throw error;
  }
}

async function startedEngine(
  scope: Scope,
  signal: AbortSignal,
  dataBytes: number | undefined,
): Promise<PrivateEngine> {
  const home = await temporaryHome();
  scope.defer('its home', async () => home[Symbol.asyncDispose]());
  if (dataBytes !== undefined) {
    const disk = await smallDisk(join(home.path, 'engine/data'), dataBytes);
    // Newest first: it is unmounted once its engine has stopped.
    scope.defer('its disk', async () => disk[Symbol.asyncDispose]());
    scope.defer('the engine', () => home.engine(['stop']));
  }
  const socketPath = join(home.path, 'engine/docker.sock');
  const start = async () => {
    const { exitCode, stderr } = await home.engine(['start'], signal);
    if (exitCode !== 0) throw new Error(stderr);
  };
  await start();
  const docker = new Docker({ socketPath });
  await copyMinimalBase(docker, signal);
  return {
    address: `unix://${socketPath}`,
    docker,
    start,
    async kill() {
      process.kill(Number(await readFile(join(home.path, 'engine/docker.pid'), 'utf8')), 'SIGKILL');
    },
    [Symbol.asyncDispose]: () => scope[Symbol.asyncDispose](),
  };
}

async function copyMinimalBase(to: Docker, signal: AbortSignal): Promise<void> {
  await using scope = new Scope();
  const { image } = await preparedBase('debian-12-minimal', scope, signal);
  const { docker } = await connectEngine(signal);
  const { RepoTags } = await docker.getImage(image).inspect();
  const archive = await docker.getImage(RepoTags[0] ?? image).get();
  const answer = await to.loadImage(archive, { quiet: true });
  for await (const line of answer) if (String(line).includes('"error"')) throw new Error(String(line));
}

/** A folder that is a file system of this many bytes, in memory. */
export async function smallDisk(folder: string, bytes: number): Promise<AsyncDisposable> {
  await mkdir(folder, { recursive: true });
  await execa('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', folder]);
  return {
    async [Symbol.asyncDispose]() {
      await execa('umount', ['--recursive', folder]);
    },
  };
}

/** Why no private engine can be started here; false when one can. */
export async function unableToStartEngines(): Promise<string | false> {
  if (process.getuid?.() !== 0) return 'only root can start a private engine';
  const env = { PATH: `${process.env['PATH']}:/usr/sbin:/sbin` };
  const { failed } = await execa('which', ['dockerd', 'iptables', 'ip'], { env, reject: false });
  if (failed) return 'dockerd, iptables or ip is not installed';
  return existsSync('/var/run/docker.sock')
    ? 'an engine listens on the default socket, so no private one is ever started'
    : false;
}

/** Why no file system can be mounted here; false when one can. */
export async function unableToMount(): Promise<string | false> {
  const folder = await mkdtemp(join(tmpdir(), 'kiln-mount-'));
  try {
    await using _disk = await smallDisk(folder, 1 << 20);
    return false;
  } catch (error) {
    return `no file system can be mounted here: ${error instanceof Error ? error.message : error}`;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
