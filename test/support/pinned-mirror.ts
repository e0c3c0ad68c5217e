import { once } from 'node:events';
import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';

const TRIES = 3;
const PAUSE_MS = 3000;

type Pinned = Promise<{ readonly status: number; readonly body: Buffer }>;

/**
 * Lets a Debian mirror offer the same as long as this process lives, to all programs that it starts: a base is known by
 * what is on offer, and a mirror that changes amid a test of an hour would make another base of it. A proxy of ours gives
 * each Release file as it first was and passes all else on. Where there is a proxy already, nothing is done.
 */
export async function pinMirror(): Promise<void> {
  if (process.env['http_proxy'] !== undefined) return;
  const agent = new Agent({ keepAlive: true });
  const pinned = new Map<string, Pinned>();

  async function answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const url = req.url ?? '';
    if (req.method !== 'GET' || !/\/dists\/\S+\/InRelease$/.test(url)) return await pass(req, res, agent);
    const known = pinned.get(url) ?? fetched(url, agent);
    pinned.set(url, known);
    const { status, body } = await known.catch((error: unknown) => {
      pinned.delete(url);
      throw error;
    });
    if (status !== 200) pinned.delete(url);
    res.writeHead(status, { 'content-length': body.length }).end(body);
  }

  const server = createServer((req, res) => void answer(req, res).catch(() => res.destroy()));
  server.on('connect', (req, socket) => {
    const [host = '', port = '443'] = (req.url ?? '').split(':');
    const upstream = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      upstream.pipe(socket).pipe(upstream);
    });
    upstream.on('error', () => socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n'));
    socket.on('error', () => upstream.destroy());
  });
  server.listen(0, '127.0.0.1').unref();
  await once(server, 'listening');
  process.env['http_proxy'] = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  process.env['no_proxy'] = 'localhost,127.0.0.1';
}

/** Before an answer by who waits for it, after that by who reads it. */
function heardElsewhere(): void {}

/** A mirror that does not answer once is asked again. */
async function fetched(url: string, agent: Agent): Pinned {
  for (let tries = 1; ; tries++) {
    try {
      const asked = request(url, { agent }).on('error', heardElsewhere);
      asked.end();
      const [told] = (await once(asked, 'response')) as [IncomingMessage];
      return { status: told.statusCode ?? 502, body: await buffer(told) };
    } catch (error) {
      if (tries === TRIES) throw error;
      await delay(PAUSE_MS);
    }
  }
}

async function pass(req: IncomingMessage, res: ServerResponse, agent: Agent): Promise<void> {
  const { method, headers, url = '' } = req;
  const asked = request(url, { agent, headers, ...(method === undefined ? {} : { method }) });
  asked.on('error', heardElsewhere);
  req.pipe(asked);
  const [told] = (await once(asked, 'response')) as [IncomingMessage];
  res.writeHead(told.statusCode ?? 502, told.headers);
  await pipeline(told, res);
}
