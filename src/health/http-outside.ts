import { type IncomingMessage, type RequestOptions, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { LONGEST_FACT } from './gather-program.ts';
import type { HttpRequest } from './http.ts';
import { isLoopback } from './http-script.ts';
import type { Outside } from './kind.ts';

const MOST_REDIRECTS = 10;

/** The same parts as the script inside gives: `out` the way and the address, then `head` and `body`, or `err`. */
export type OutsideAnswer = Readonly<Record<string, string>>;

/** Asks from this host: a URL that means the machine itself is asked at the machine's address. */
export async function askFromOutside(request: HttpRequest, outside: Outside): Promise<OutsideAnswer> {
  const out = { out: `outside ${outside.address ?? ''}`.trim() };
  if (outside.address === undefined && isLoopback(new URL(request.url).hostname)) return { out: 'none' };
  const deadline = AbortSignal.any([outside.signal, AbortSignal.timeout(request.timeout)]);
  try {
    return { ...out, ...(await follow(request, outside.address, deadline)) };
  } catch (error) {
    outside.signal.throwIfAborted();
    const reason = deadline.aborted
      ? `nothing within ${request.timeout} ms`
      : String((error as Error).message || error);
    return { ...out, err: reason };
  }
}

async function follow(
  request: HttpRequest,
  address: string | undefined,
  signal: AbortSignal,
): Promise<OutsideAnswer> {
  let url = new URL(request.url);
  let { method, headers, body } = request;
  for (let redirects = request.follow ? MOST_REDIRECTS : 0; ; redirects -= 1) {
    const answer = await ask(url, { ...request, method, headers, body }, address, signal);
    const status = answer.statusCode ?? 0;
    const location = answer.headers.location;
    if (redirects > 0 && [301, 302, 303, 307, 308].includes(status) && location !== undefined) {
      answer.destroy();
      const next = new URL(location, url);
      if ((status === 303 && method !== 'HEAD') || (status < 303 && method === 'POST'))
        [method, body] = ['GET', undefined];
      if (next.host !== url.host) headers = headers.filter((line) => !/^authorization:/i.test(line));
      url = next;
      continue;
    }
    return { head: headOf(answer), body: await bodyOf(answer) };
  }
}

/** A request as it is by now, after redirects. */
interface Asked extends Omit<HttpRequest, 'body'> {
  readonly body: string | undefined;
}

function ask(
  url: URL,
  request: Asked,
  address: string | undefined,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const own = isLoopback(url.hostname);
  const lines = request.headers.map((line): [string, string] => {
    const at = line.indexOf(':');
    return [line.slice(0, at), line.slice(at + 1).trim()];
  });
  const options: RequestOptions & { rejectUnauthorized: boolean; servername?: string } = {
    method: request.method,
    signal,
    agent: false,
    host: own && address !== undefined ? address : url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port,
    path: `${url.pathname}${url.search}`,
    headers: {
      host: url.host,
      ...(request.body === undefined ? {} : { 'content-length': Buffer.byteLength(request.body) }),
      ...Object.fromEntries(lines),
    },
    rejectUnauthorized: !request.insecure,
    ...(/^[a-z]/i.test(url.hostname) ? { servername: url.hostname } : {}),
  };
  return new Promise((resolve, reject) => {
    const send = url.protocol === 'https:' ? requestHttps : requestHttp;
    send(options, resolve).on('error', reject).end(request.body);
  });
}

function headOf(answer: IncomingMessage): string {
  const lines = [`HTTP/${answer.httpVersion} ${answer.statusCode} ${answer.statusMessage ?? ''}`];
  for (let index = 0; index < answer.rawHeaders.length; index += 2) {
    lines.push(`${answer.rawHeaders[index]}: ${answer.rawHeaders[index + 1]}`);
  }
  return lines.join('\r\n');
}

async function bodyOf(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > LONGEST_FACT) break;
  }
  return Buffer.concat(chunks)
    .subarray(0, LONGEST_FACT + 1)
    .toString();
}
