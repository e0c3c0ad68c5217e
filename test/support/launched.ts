import type Docker from 'dockerode';
import type { Scope } from '../../src/core/scope.ts';
import { connectEngine } from '../../src/platforms/docker/engine.ts';

/** A container of an image, started as a person would. */
export interface Launched {
  /** Runs a script in it by bash and gives what it printed on stdout. */
  run(script: string): Promise<string>;
  /** The body that a port of it answers a GET with; asked until there is one. */
  page(port: number, path: string, signal: AbortSignal): Promise<string>;
}

/** With systemd: see the comment in src/platforms/docker/start-container.ts. */
const SYSTEMD = {
  Entrypoint: [
    'sh',
    '-c',
    'mount -o remount,rw /sys/fs/cgroup 2>/dev/null; mount --make-rshared /; exec /lib/systemd/systemd',
  ],
  Env: ['container=docker'],
  HostConfig: {
    CapAdd: ['SYS_ADMIN'],
    SecurityOpt: ['seccomp=unconfined', 'apparmor=unconfined'],
    CgroupnsMode: 'private' as const,
    Tmpfs: { '/run': 'exec', '/run/lock': '' },
  },
};

/** Starts a container of an image by the engine's API alone, and removes it with the scope. */
export async function launchImage(image: string, init: 'systemd' | 'none', scope: Scope): Promise<Launched> {
  const { docker } = await connectEngine(AbortSignal.timeout(10_000));
  const container = await docker.createContainer({ Image: image, ...(init === 'systemd' ? SYSTEMD : {}) });
  scope.defer('launched container', () => container.remove({ force: true, v: true }));
  await container.start();
  const run = (script: string) => runIn(container, script);
  return {
    run,
    async page(port, path, signal) {
      const ask = `exec 3<>/dev/tcp/127.0.0.1/${port} && printf 'GET ${path} HTTP/1.0\\r\\n\\r\\n' >&3 && cat <&3`;
      for (;;) {
        signal.throwIfAborted();
        const answer = await run(`timeout 5 bash -c "${ask}" 2>/dev/null || sleep 0.3`);
        const [head = '', ...body] = answer.split('\r\n\r\n');
        if (/^HTTP\/1\.\d 200 /.test(head)) return body.join('\r\n\r\n');
      }
    },
  };
}

async function runIn(container: Docker.Container, script: string): Promise<string> {
  const exec = await container.exec({ Cmd: ['bash', '-c', script], AttachStdout: true });
  const stream = await exec.start({});
  const pieces: Buffer[] = [];
  const keep = { write: (piece: Buffer) => pieces.push(piece) } as unknown as NodeJS.WritableStream;
  container.modem.demuxStream(stream, keep, keep);
  await new Promise((resolve, reject) => stream.once('end', resolve).once('error', reject));
  return Buffer.concat(pieces).toString();
}
