import { rm } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectEngine } from '../../src/platforms/docker/engine.ts';

export interface EngineProxy extends AsyncDisposable {
  /** For `DOCKER_HOST`. */
  readonly address: string;
}

/**
 * Stands before the real engine and passes everything on, but a request that begins with one of these texts, such
 * as `DELETE /containers`, which it holds for ever.
 */
export async function engineProxy(held: readonly string[]): Promise<EngineProxy> {
  const { address } = await connectEngine(AbortSignal.timeout(10_000));
  const path = join(tmpdir(), `kiln-proxy-${process.pid}.sock`);
  const sockets = new Set<Socket>();
  // A program's stdin ends long before its stdout does.
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const where = 'socketPath' in address ? { path: address.socketPath } : address;
    const engine = connect({ ...where, allowHalfOpen: true });
    for (const socket of [client, engine]) sockets.add(socket.on('error', () => {}));
    client.on('data', (piece) => {
      if (!held.some((text) => piece.subarray(0, text.length).equals(Buffer.from(text)))) engine.write(piece);
    });
    client.on('end', () => engine.end()).on('close', () => engine.destroy());
    engine.pipe(client);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(path, resolve);
  });
  return {
    address: `unix://${path}`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
      await rm(path, { force: true });
    },
  };
}
