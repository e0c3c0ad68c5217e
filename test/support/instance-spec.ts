import { randomBytes } from 'node:crypto';
import { createServer } from 'node:net';
import { digestOf } from '../../src/core/digest.ts';
import type { TarInput } from '../../src/core/tar/member.ts';
import { writeTar } from '../../src/core/tar/writer.ts';
import type { InstanceSpec, PublishedPort } from '../../src/platforms/launcher.ts';

/** What a test has delivered, by path below `/run`. */
export type Delivered = Readonly<Record<string, string>>;

/** The name of an environment that nobody else has. */
export function ownEnvironment(): string {
  return `t${randomBytes(4).toString('hex')}`;
}

/** What to launch: an instance `web` of an environment, with a delivery whose environment file names it. */
export function instanceSpec(
  changes: Partial<InstanceSpec> & Pick<InstanceSpec, 'environment' | 'form'>,
  more: Delivered = {},
): InstanceSpec {
  const { environment, template = 'web', slot = 1 } = changes;
  const launch = randomBytes(4).toString('hex');
  const told = { environment, template, node: `${template}-${slot}`, launch };
  return {
    template,
    image: `${template}@7`,
    digest: digestOf('a tree'),
    slot,
    launch,
    inputs: digestOf('inputs'),
    init: 'none',
    publish: [],
    delivery: () => delivery({ 'kiln/environment.json': JSON.stringify(told), ...more }),
    ...changes,
  };
}

/** Files as a delivery has them: credentials for their owner alone. */
export function delivery(files: Delivered): AsyncIterable<Uint8Array> {
  const folders = ['credentials', 'credentials/@system', 'kiln'].map(
    (path): TarInput => ({
      ...HEADER,
      path,
      type: 'directory',
      mode: path.endsWith('@system') ? 0o700 : 0o755,
      size: 0,
    }),
  );
  const members = Object.entries(files).map(([path, text]): TarInput => {
    const body = Buffer.from(text);
    const mode = path.startsWith('credentials/') ? 0o400 : 0o444;
    return { ...HEADER, path, type: 'file', mode, size: body.length, body };
  });
  return writeTar([...folders, ...members]);
}

const HEADER = { uid: 0, gid: 0, mtime: 0 };

/** A TCP port of this host that is free now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** Port 8080 of an instance on this one of the host. */
export function published(hostPort: number, port = 8080): PublishedPort {
  return { hostPort, port, protocol: 'tcp' };
}
