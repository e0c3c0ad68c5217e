import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { findEngine } from '../../src/platforms/docker/find-engine.ts';

export interface Registry extends AsyncDisposable {
  /** `127.0.0.1:PORT`: loopback is where an engine asks a registry without TLS. */
  readonly host: string;
  /** The folder of its blobs and links. */
  readonly storage: string;
}

/** Why no registry can be had here; false when one can. */
export async function unableToServeImages(): Promise<string | false> {
  const known = await execa('apt-cache', ['show', '--no-all-versions', 'docker-registry'], { reject: false });
  if (known.failed) return 'apt offers no docker-registry here (apt-get update, on Debian)';
  const engine = await findEngine();
  return 'socketPath' in engine ? false : 'the engine is on another host, which does not reach our loopback';
}

/** A registry of Debian's package, unpacked into a temporary folder: nothing is installed on this host. */
export async function startRegistry(signal: AbortSignal): Promise<Registry> {
  const folder = await mkdtemp(join(tmpdir(), 'kiln-registry-'));
  // apt downloads as a user of its own
  await chmod(folder, 0o777);
  await execa('apt-get', ['download', '-qq', 'docker-registry'], { cwd: folder, cancelSignal: signal });
  const [archive = ''] = (await readdir(folder)).filter((name) => name.endsWith('.deb'));
  await execa('dpkg', ['-x', archive, 'unpacked'], { cwd: folder, cancelSignal: signal });
  const [port, storage] = [await freePort(), join(folder, 'storage')];
  const config = {
    version: '0.1',
    log: { level: 'error' },
    storage: { filesystem: { rootdirectory: storage } },
    http: { addr: `127.0.0.1:${port}` },
  };
  await writeFile(join(folder, 'config.yml'), JSON.stringify(config));
  const program = join(folder, 'unpacked/usr/bin/docker-registry');
  const child = spawn(program, ['serve', 'config.yml'], { cwd: folder, stdio: 'ignore' });
  await untilItAnswers(`http://127.0.0.1:${port}/v2/`, child, signal);
  return {
    host: `127.0.0.1:${port}`,
    storage,
    async [Symbol.asyncDispose]() {
      child.kill();
      if (child.exitCode === null) await once(child, 'exit');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function untilItAnswers(url: string, child: ChildProcess, signal: AbortSignal): Promise<void> {
  while (
    !(await fetch(url, { signal }).then(
      ({ ok }) => ok,
      () => false,
    ))
  ) {
    signal.throwIfAborted();
    if (child.exitCode !== null) throw new Error(`the registry ended with ${child.exitCode}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
