import { mkdir } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** A command that a monitor was asked to do. */
export interface Asked {
  readonly execute: string;
  readonly arguments: Readonly<Record<string, unknown>>;
  readonly id: number;
}

/** A FAKE of QEMU's monitor that answers as `answer` does; `qmp_capabilities` by itself. */
export async function monitor(
  folder: string,
  answer: (asked: Asked, socket: Socket) => void,
  { greets = true, name = 'qmp.sock' }: { readonly greets?: boolean; readonly name?: string } = {},
) {
  await mkdir(folder, { recursive: true });
  // a socket's path has at most 107 bytes
  const before = process.cwd();
  process.chdir(folder);
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    if (greets) send(socket, { QMP: { version: {} } });
    createInterface({ input: socket }).on('line', (line) => {
      const asked = JSON.parse(line) as Asked;
      if (asked.execute === 'qmp_capabilities') send(socket, { return: {}, id: asked.id });
      else answer(asked, socket);
    });
  });
  await new Promise<void>((resolve) => server.listen(name, resolve));
  process.chdir(before);
  return {
    file: join(folder, name),
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Sends a message as QEMU does. */
export function send(socket: Socket, message: object): void {
  socket.write(`${JSON.stringify(message)}\r\n`);
}
