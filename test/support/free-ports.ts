import { once } from 'node:events';
import { createServer, type Server } from 'node:net';

/** Below what the system hands out by itself, so that no program's own connection takes one meanwhile. */
const FIRST = 20_000;
const LAST = 32_000;

/** The first of so many ports of this host, one after another, on which nothing listens. */
export async function freePorts(count = 1): Promise<number> {
  for (let attempt = 0; attempt < 50; attempt += 1) {
    const first = FIRST + Math.floor(Math.random() * (LAST - FIRST - count));
    const servers = Array.from({ length: count }, () => createServer());
    try {
      for (const [index, server] of servers.entries()) await listen(server, first + index);
      return first;
    } catch {
      // one of them is taken: another try elsewhere
    } finally {
      for (const server of servers) server.close();
    }
  }
  throw new Error(`there are no ${count} free ports one after another`);
}

/** Holds a port of all addresses until it is disposed. */
export async function takenPort(port: number): Promise<AsyncDisposable> {
  const server = createServer();
  await listen(server, port);
  return {
    async [Symbol.asyncDispose]() {
      server.close();
      await once(server, 'close');
    },
  };
}

async function listen(server: Server, port: number): Promise<void> {
  server.listen(port, '0.0.0.0');
  await once(server, 'listening');
}
