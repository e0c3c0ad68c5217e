import type { HttpCheck } from './checks.ts';
import { isCut } from './gather-program.ts';
import { askFromOutside } from './http-outside.ts';
import { httpInputs, httpScript, isLoopback } from './http-script.ts';
import { type Actual, always, type Entry, type Facts, fromRecord, type Kind } from './kind.ts';
import { readListeners, socketTables } from './port.ts';
import { seconds } from './seconds.ts';

/** goss's. */
const DEFAULT_TIMEOUT_MS = 5_000;

/** Beyond the timeout, so that the client's own message about it wins. */
const GRACE_MS = 500;

/** What one request asks; header lines are `Name: value`. */
export interface HttpRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: readonly string[];
  readonly timeout: number;
  readonly insecure: boolean;
  readonly follow: boolean;
  readonly body?: string;
  /** Files of the machine, and the URL of a proxy that it reaches. */
  readonly ca?: string;
  readonly certificate?: { readonly file: string; readonly key: string };
  readonly proxy?: string;
}

/**
 * An HTTP answer, asked inside the machine by curl, wget or perl, else from this host at the machine's address.
 *
 * Facts: `KEY.out` the client's name and exit status, `KEY.head` the header blocks, `KEY.body`, `KEY.err`.
 */
export const http: Kind<HttpCheck> = {
  name: 'http',
  attributes: { status: 'value', headers: 'lines', body: 'lines' },
  required: 'status',
  leads: true,
  works: 'status',
  subject(id, check) {
    const text = check.url ?? id;
    const url = URL.canParse(text) ? new URL(text) : undefined;
    if ((url?.protocol !== 'http:' && url?.protocol !== 'https:') || loginIn(url) === undefined)
      throw new Error(`"${text}" is no http or https URL`);
    const method = check.method || 'GET';
    if (!/^[A-Za-z]+$/.test(method)) throw new Error(`"${method}" is no HTTP method`);
    for (const name of ['ca-file', 'cert-file', 'key-file'] as const)
      if (check[name]?.includes('\0')) throw new Error(`${name} is no path`);
    const bad = check['request-headers']?.find(
      (line) => !/^[!#$%&'*+.^_`|~0-9A-Za-z-]+:[^\r\n\0]*$/.test(line),
    );
    if (bad !== undefined) throw new Error(`"${bad}" is no header such as "Accept: text/html"`);
    return url.href;
  },
  ask: (entries) => [
    socketTables,
    ...entries.map((entry) => ({
      key: entry.key,
      script: httpScript(requestOf(entry)),
      limit: requestOf(entry).timeout + GRACE_MS,
      suffixes: ['head', 'body'],
      inputs: httpInputs(requestOf(entry)),
    })),
  ],
  fromOutside(entry) {
    const request = requestOf(entry);
    return isLoopback(new URL(request.url).hostname) && !isOfMachine(request);
  },
  async askOutside(entries, facts, outside) {
    const unasked = entries.filter(
      (entry) => facts.get(`${entry.key}.out`)?.startsWith('none') && !isOfMachine(requestOf(entry)),
    );
    const answers = await Promise.all(
      unasked.map(async (entry) => [entry.key, await askFromOutside(requestOf(entry), outside)] as const),
    );
    return new Map(
      answers.flatMap(([key, answer]) =>
        Object.entries(answer).map(([part, text]) => [`${key}.${part}`, text]),
      ),
    );
  },
  see(entry, facts) {
    const fact = (part: string) => facts.get(`${entry.key}.${part}`) ?? '';
    const [way = '', exit] = fact('out').trim().split(' ');
    const request = requestOf(entry);
    if (fact('exit') === 'late') return always({ unknown: `no answer within ${seconds(request.timeout)}` });
    if (way === 'none') return always({ unsupported: whyNone(request) });
    const evidence = [
      way === 'outside' ? `asked from outside, at ${exit}` : `asked with ${way} inside the machine`,
    ];
    const answer = readHead(fact('head'), way);
    if (answer === undefined) {
      if (way === 'outside' && onlyOnLoopback(request.url, facts)) {
        return {
          ...always({ unsupported: 'it listens on loopback only, and no curl, wget or perl is inside' }),
          evidence,
        };
      }
      return {
        ...always({
          unknown: `no answer: ${fact('err').trim().split(/\s*\n/).slice(-2).join('; ') || `${way} ended with status ${exit}`}`,
        }),
        evidence,
      };
    }
    // Of HEAD curl writes the headers where a body would be.
    const body = request.method === 'HEAD' ? '' : bodyOf(fact('body'));
    return { ...fromRecord({ ...answer, body }), evidence };
  },
};

/** Whether it takes what only the machine has: its files, its way to a proxy. */
function isOfMachine({ ca, certificate, proxy }: HttpRequest): boolean {
  return ca !== undefined || certificate !== undefined || proxy !== undefined;
}

function whyNone(request: HttpRequest): string {
  if (isOfMachine(request))
    return 'no curl or wget inside, which a proxy or certificates of the machine take';
  return 'no curl, wget or perl inside, and no address to ask from outside';
}

function requestOf({ subject, check }: Entry<HttpCheck>): HttpRequest {
  const { username = '', password = '', proxy } = check;
  const { 'ca-file': ca, 'cert-file': file, 'key-file': key } = check;
  const headers = check['request-headers'] ?? [];
  const url = new URL(subject);
  const own = `${username}:${password}`;
  const isSaid = own !== ':' || headers.some((line) => /^authorization:/i.test(line));
  const login = isSaid ? own : (loginIn(url) ?? own);
  // The list of processes would show it, and not every client sends it.
  [url.username, url.password] = ['', ''];
  return {
    url: url.href,
    method: (check.method || 'GET').toUpperCase(),
    headers: [
      ...headers,
      ...(login === ':' ? [] : [`Authorization: Basic ${Buffer.from(login).toString('base64')}`]),
    ],
    ...(check['request-body'] ? { body: check['request-body'] } : {}),
    ...(ca ? { ca } : {}),
    ...(file && key ? { certificate: { file, key } } : {}),
    ...(proxy ? { proxy } : {}),
    timeout: check.timeout || DEFAULT_TIMEOUT_MS,
    insecure: check['allow-insecure'] ?? false,
    follow: !(check['no-follow-redirects'] ?? false),
  };
}

/** `user:password`, or `:` without any; nothing where it cannot be read. */
function loginIn({ username, password }: URL): string | undefined {
  try {
    return `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  } catch {
    return undefined;
  }
}

/** The last of the header blocks, which follow each other through redirects; wget indents them between its own lines. */
function readHead(text: string, way: string): { status: number; headers: string } | undefined {
  const all = text.split(/\r?\n/);
  const lines =
    way === 'wget' ? all.filter((line) => line.startsWith('  ')).map((line) => line.slice(2)) : all;
  const start = lines.findLastIndex((line) => /^HTTP\/[\d.]+ \d{3}/.test(line));
  if (start === -1) return undefined;
  const headers = lines.slice(start + 1).filter((line) => /^[^\s:]+:/.test(line));
  return { status: Number(lines[start]?.split(' ')[1]), headers: headers.map(canonical).sort().join('\n') };
}

/** As Go shows it: `content-type:x` becomes `Content-Type: x`. */
function canonical(line: string): string {
  const at = line.indexOf(':');
  const name = line
    .slice(0, at)
    .toLowerCase()
    .replace(/(^|-)[a-z]/g, (letter) => letter.toUpperCase());
  return `${name}: ${line.slice(at + 1).trim()}`;
}

function bodyOf(text: string): Actual {
  return isCut(text) ? { unknown: 'longer than 4 MiB, and so not judged' } : { value: text };
}

/** Whether it is the machine itself that is asked, and nobody else could. */
function onlyOnLoopback(url: string, facts: Facts): boolean {
  const { hostname, port, protocol } = new URL(url);
  if (!isLoopback(hostname)) return false;
  const number = Number(port || (protocol === 'https:' ? 443 : 80));
  const ips = readListeners(facts.get('sockets') ?? '')
    .filter((listener) => listener.net.startsWith('tcp') && listener.port === number)
    .map(({ ip }) => ip);
  return ips.length > 0 && ips.every((ip) => ip.startsWith('127.') || ip === '::1');
}
