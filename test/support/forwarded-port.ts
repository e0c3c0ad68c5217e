import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

export interface ForwardedPort {
  close(): Promise<void>;
}

/** Whoever connects to a port of an address of this host gets to the same port elsewhere; nowhere while that is ''. */
export async function forwardedPort(
  address: string,
  port: number,
  elsewhere: () => Promise<string>,
): Promise<ForwardedPort> {
  const open = new Set<Socket>();
  const server = createServer(async (from) => {
    const host = await elsewhere();
    if (host === '') {
      from.destroy();
      return;
    }
    const to = connect(port, host);
    for (const [one, other] of [
      [from, to],
      [to, from],
    ] as const) {
      open.add(one);
      one.pipe(other);
      // Where one end breaks off the other does.
      one.on('error', () => other.destroy());
      one.on('close', () => {
        open.delete(one);
        other.destroy();
      });
    }
  });
  server.listen(port, address);
  await once(server, 'listening');
  return {
    async close() {
      server.close();
      for (const socket of open) socket.destroy();
      await once(server, 'close');
    },
  };
}
