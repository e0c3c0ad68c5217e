import { once } from 'node:events';
import { createServer, type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import type Docker from 'dockerode';
import type { Moto } from './moto.ts';
import type { MotoMachines } from './moto-machines.ts';
import { withEnv } from './with-env.ts';

/** One call of EC2's or another service's, by what it was sent as. */
export interface ProxiedCall {
  readonly action: string;
  readonly body: string;
}

export interface ConsoleProxy extends AsyncDisposable {
  readonly env: Readonly<Record<string, string>>;
  readonly calls: readonly ProxiedCall[];
}

/**
 * A fake of ours in front of moto, whose instances all have printed the same to their consoles: it answers
 * GetConsoleOutput with what cloud-init prints of a machine's host keys, as its container has them.
 */
export async function consoleProxy(
  moto: Pick<Moto, 'url' | 'env'>,
  machines: Pick<MotoMachines, 'containerOf'>,
): Promise<ConsoleProxy> {
  const calls: ProxiedCall[] = [];
  const server = createServer(async (req, res) => {
    try {
      const body = await bytesOf(req);
      const params = new URLSearchParams(body.toString());
      const action = params.get('Action') ?? String(req.headers['x-amz-target'] ?? '');
      calls.push({ action, body: body.toString() });
      if (action === 'GetConsoleOutput') {
        const id = params.get('InstanceId') ?? '';
        const text = await consoleOf(machines.containerOf(id));
        res.writeHead(200, { 'content-type': 'text/xml' });
        res.end(answer(id, text));
        return;
      }
      const headers = { ...req.headers, 'content-length': String(body.length) };
      const passed = request(`${moto.url}${req.url}`, { method: req.method ?? 'POST', headers });
      passed.end(body);
      const [told] = (await once(passed, 'response')) as [IncomingMessage];
      const answered = await bytesOf(told);
      const { 'transfer-encoding': _chunked, ...kept } = told.headers;
      res.writeHead(told.statusCode ?? 500, { ...kept, 'content-length': answered.length });
      res.end(answered);
    } catch {
      res.destroy();
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const env = {
    ...moto.env,
    AWS_ENDPOINT_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  };
  const set = withEnv(env);
  return {
    env,
    calls,
    async [Symbol.asyncDispose]() {
      set[Symbol.dispose]();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Nothing before sshd has its keys. */
async function consoleOf(container: Docker.Container | undefined): Promise<string> {
  const archive = await container
    ?.getArchive({ path: '/etc/ssh/ssh_host_ed25519_key.pub' })
    .catch(() => undefined);
  if (archive === undefined) return 'booting\n';
  const tar = (await bytesOf(archive as unknown as AsyncIterable<Uint8Array>)).toString();
  const key = /ssh-ed25519 [A-Za-z0-9+/=]+/.exec(tar)?.[0] ?? '';
  return `booting\n-----BEGIN SSH HOST KEY KEYS-----\n${key} root@instance\n-----END SSH HOST KEY KEYS-----\n`;
}

function answer(id: string, text: string): string {
  const output = Buffer.from(text).toString('base64');
  return `<GetConsoleOutputResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>fake</requestId><instanceId>${id}</instanceId><timestamp>2026-01-01T00:00:00.000Z</timestamp><output>${output}</output></GetConsoleOutputResponse>`;
}

async function bytesOf(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const piece of pieces) all.push(piece);
  return Buffer.concat(all);
}
