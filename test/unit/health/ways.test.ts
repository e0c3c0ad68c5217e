import { execFileSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import * as assert from 'uvu/assert';
import type { Checks } from '../../../src/health/checks.ts';
import { gather } from '../../../src/health/gather.ts';
import { planChecks } from '../../../src/health/plan-checks.ts';
import type { CheckResult } from '../../../src/health/result.ts';
import { dnsReply, questionOf } from '../../support/dns-reply.ts';
import { KNOWN_RECORDS } from '../../support/known-machine.ts';
import { suite } from '../../support/suite.ts';
import { localShell } from './fake-machine.ts';

const test = suite('the ways in which a machine is asked', { deadline: 30_000 });

const FOLDERS = (process.env['PATH'] ?? '').split(':');

function whereIs(program: string): string | undefined {
  return FOLDERS.map((folder) => join(folder, program)).find(existsSync);
}

/** What every round takes: coreutils and grep. */
const LEAST = ['sh', 'cat', 'head', 'rm', 'mkdir', 'sleep', 'grep', 'stat'];
const BUSYBOX = whereIs('busybox');

interface Host extends AsyncDisposable {
  readonly shell: readonly string[];
  readonly folder: string;
}

/** A shell that finds the least there must be, and these programs. */
async function hostWith(programs: readonly string[], from = whereIs): Promise<Host> {
  const folder = await mkdtemp(join(tmpdir(), 'kiln-ways-'));
  const bin = join(folder, 'bin');
  await mkdir(bin);
  for (const program of [...LEAST, ...programs]) {
    const path = from(program);
    if (path === undefined) throw new Error(`this host has no ${program}`);
    await symlink(path, join(bin, program));
  }
  return {
    folder,
    shell: ['env', '-i', `PATH=${bin}`, join(bin, 'sh')],
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

/** The least there is of Debian, and of busybox where that is there. */
const HOSTS: readonly (readonly [string, typeof whereIs])[] = [
  ['Debian', whereIs],
  ...(BUSYBOX === undefined ? [] : [['busybox', () => BUSYBOX] as const]),
];

async function ask(
  host: Host,
  checks: Checks,
  signal: AbortSignal,
  address?: string,
): Promise<CheckResult[]> {
  const plan = planChecks(checks);
  const facts = await gather(localShell(host.shell), plan.fragments, signal);
  const all = await plan.askOutside(facts, { address, signal });
  return plan.judge(all).flatMap(({ results }) => results);
}

/** `check outcome: actual; evidence` */
const told = (results: readonly CheckResult[]) =>
  results.map(
    ({ check, outcome, actual, evidence = [] }) => `${check} ${outcome}: ${actual}; ${evidence.join()}`,
  );

async function serving(server: Server) {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      (server as Partial<ReturnType<typeof createServer>>).closeAllConnections?.();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const echo: RequestListener = async (request, response) => {
  let body = '';
  for await (const chunk of request.setEncoding('utf8')) body += chunk;
  const certified = (request.socket as Partial<TLSSocket>).authorized === true;
  const { authorization = 'nobody', 'x-say': say = '' } = request.headers;
  const { 'content-type': type = 'of no type' } = request.headers;
  response.end([request.method, request.url, authorization, say, type, certified, body].join('\n'));
};

for (const client of ['perl', 'curl', 'nc']) {
  test(
    `an address is asked with ${client}`,
    async ({ signal }) => {
      await using host = await hostWith([client]);
      await using server = await serving(createServer());
      const open = `tcp://127.0.0.1:${server.port}`;
      const results = await ask(
        host,
        {
          addr: {
            open: { address: open, reachable: true },
            named: { address: `localhost:${server.port}`, 'local-address': '127.0.0.1', reachable: true },
            shut: { address: 'tcp://127.0.0.1:1', reachable: false },
            unknown: { address: 'tcp://none.invalid:1', reachable: false },
          },
        },
        signal,
      );
      assert.equal(
        results.map(({ check, outcome }) => `${check} ${outcome}`),
        ['addr open passed', 'addr named passed', 'addr shut passed', 'addr unknown passed'],
      );
      assert.equal(results[0]?.evidence, [`asked with ${client} inside the machine`]);
    },
    { skip: whereIs(client) === undefined && `there is no ${client}` },
  );
}

for (const [name, from] of HOSTS) {
  test(`on ${name} alone the machine's own addresses are read from the kernel`, async ({ signal }) => {
    await using host = await hostWith([], from);
    await using server = await serving(createServer());
    const results = await ask(
      host,
      {
        addr: {
          [`tcp://127.0.0.1:${server.port}`]: { reachable: true },
          [`tcp6://[::1]:${server.port}`]: { reachable: false },
          'tcp://localhost:1': { reachable: false },
          'tcp://192.0.2.1:80': { reachable: true },
        },
      },
      signal,
    );
    const kernel = "read from the kernel's socket tables";
    assert.equal(told(results), [
      `addr tcp://127.0.0.1:${server.port} passed: true; ${kernel}`,
      `addr tcp6://[::1]:${server.port} passed: false; ${kernel}`,
      `addr tcp://localhost:1 passed: false; ${kernel}`,
      'addr tcp://192.0.2.1:80 unsupported: no perl, curl or nc inside the machine to ask with; ',
    ]);
  });

  test(`on ${name} alone every kind answers, or says that it cannot`, async ({ signal }) => {
    await using host = await hostWith([], from);
    const results = await ask(
      host,
      {
        command: { 'echo a': { 'exit-status': 0, stdout: 'a\n' } },
        file: { [host.folder]: { exists: true, filetype: 'directory' }, '~/none': { exists: false } },
        'kernel-param': { 'kernel.ostype': { value: 'Linux' }, 'no.such': { value: { not: 1 } } },
        mount: { '/': { exists: true, usage: { le: 100 } }, '/none': { exists: false } },
        interface: { lo: { exists: true, mtu: { gt: 0 }, addrs: ['127.0.0.1/8'] }, none0: { exists: false } },
        dns: { localhost: { resolvable: true, addrs: ['127.0.0.1'] }, 'none.invalid': { resolvable: false } },
        matching: { a: { content: 1, matches: 1 } },
        http: { 'http://127.0.0.1:1/': { status: 200 } },
      },
      signal,
    );
    const odd = told(results).filter((line) => !/ passed: /.test(line));
    assert.equal(odd, [
      'http http://127.0.0.1:1/ unsupported: no curl, wget or perl inside, and no address to ask from outside; ',
      'dns none.invalid unsupported: the name is not in /etc/hosts, and no perl or getent is inside to look it up; ',
      'kernel-param no.such failed: no such kernel parameter; ',
    ]);
  });
}

test('a name is looked up with perl or getent', async ({ signal }) => {
  for (const client of ['perl', 'getent']) {
    await using host = await hostWith([client]);
    const [result] = await ask(
      host,
      { dns: { 'none.invalid': { resolvable: false, timeout: 3000 } } },
      signal,
    );
    assert.is(result?.outcome, 'passed', result?.actual);
    assert.equal(result?.evidence, [`asked with ${client} inside the machine`]);
  }
});

test('a name server is asked with perl, else from outside, else not at all', async ({ signal }) => {
  const server = createSocket('udp4');
  server.on('message', (asked, from) => {
    const known = KNOWN_RECORDS.find(({ type, name }) => questionOf(type, name).equals(asked.subarray(12)));
    // Nobody answers what is not known.
    if (known !== undefined)
      server.send(
        Buffer.concat([asked.subarray(0, 2), Buffer.from(dnsReply(known), 'hex')]),
        from.port,
        from.address,
      );
  });
  await new Promise<void>((resolve) => server.bind(0, '127.0.0.1', resolve));
  try {
    const at = { server: `127.0.0.1:${server.address().port}`, timeout: 200 };
    const checks: Checks = {
      dns: {
        'MX:one.test': { ...at, resolvable: true, addrs: { equal: ['10 mail.test.'] } },
        'one.test': { ...at, resolvable: true, addrs: ['2001:db8::1', '192.0.2.1'] },
        'NS:none.test': { ...at, resolvable: false },
      },
    };
    await using withPerl = await hostWith(['perl']);
    await using bare = await hostWith([]);
    for (const [host, address, evidence] of [
      [withPerl, undefined, 'asked with perl inside the machine'],
      [bare, '127.0.0.1', 'asked from outside'],
    ] as const) {
      const results = await ask(host, checks, signal, address);
      assert.equal(
        results.map(({ outcome }) => outcome),
        ['passed', 'passed', 'passed', 'passed', 'failed'],
        told(results).join('\n'),
      );
      assert.ok(results.every((result) => result.evidence?.[0] === evidence));
    }
    const [nobody] = await ask(bare, checks, signal);
    assert.is(nobody?.outcome, 'unsupported');
    assert.match(nobody?.actual ?? '', /no perl is inside/);
  } finally {
    await new Promise<void>((resolve) => server.close(() => resolve()));
  }
});

const CLIENTS = ['curl', 'wget', 'perl', 'outside'].filter(
  (name) => name === 'outside' || whereIs(name) !== undefined,
);

for (const client of CLIENTS) {
  test(`${client} sends bodies, headers and a login that nobody sees`, async ({ signal }) => {
    await using host = await hostWith(client === 'outside' ? [] : [client]);
    await using server = await serving(createServer(echo));
    const url = `http://127.0.0.1:${server.port}/x?y`;
    const checks: Checks = {
      http: {
        put: {
          url,
          method: 'PUT',
          status: 200,
          'request-headers': ['X-Say: it\'s "$(here)" \\', 'Content-Type: text/odd'],
          'request-body': '{"it\'s": "$(here)\\n"}\n',
          username: 'me',
          password: "a 'secret'",
          body: [
            '/^PUT$/',
            '/x?y',
            'Basic bWU6YSAnc2VjcmV0Jw==',
            'it\'s "$(here)" \\',
            'text/odd',
            '{"it\'s": "$(here)\\n"}',
          ],
        },
        get: { url, status: 200, body: ['GET', 'nobody'] },
        head: { url, method: 'HEAD', status: 200, headers: ['/^Date: /'], body: '' },
        'a login in the URL': {
          url: `http://me:a%20'secret'@127.0.0.1:${server.port}/x`,
          status: 200,
          body: ['Basic bWU6YSAnc2VjcmV0Jw=='],
        },
        'get with a body': { url, status: 200, 'request-body': 'a=b', body: ['GET', 'a=b'] },
      },
    };
    const results = await ask(host, checks, signal, '127.0.0.1');
    assert.ok(
      results.every(({ outcome }) => outcome === 'passed'),
      told(results).join('\n'),
    );
    const scripts = planChecks(checks)
      .fragments.map(({ script }) => script)
      .join('\n');
    assert.not.match(scripts, /bWU6|secret/);
  });
}

const INSIDE = CLIENTS.filter((client) => client === 'curl' || client === 'wget');

for (const client of INSIDE) {
  test(`${client} goes by a proxy, and trusts and shows certificates of the machine`, async ({ signal }) => {
    await using host = await hostWith([client]);
    const file = (name: string) => join(host.folder, name);
    for (const name of ['server', 'client'])
      execFileSync(
        'openssl',
        [
          ...[
            'req',
            '-x509',
            '-newkey',
            'ec',
            '-pkeyopt',
            'ec_paramgen_curve:prime256v1',
            '-nodes',
            '-days',
            '2',
          ],
          ...['-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1'],
          ...['-keyout', file(`${name}.key`), '-out', file(`${name}.pem`)],
        ],
        { stdio: 'ignore' },
      );
    const secure = createTlsServer(
      {
        key: await readFile(file('server.key')),
        cert: await readFile(file('server.pem')),
        ca: await readFile(file('client.pem')),
        requestCert: true,
        rejectUnauthorized: false,
      },
      echo,
    );
    await using tls = await serving(secure);
    await using proxy = await serving(createServer(echo));
    const url = `https://127.0.0.1:${tls.port}/`;
    const results = await ask(
      host,
      {
        http: {
          untrusted: { url, status: 200 },
          insecure: { url, status: 200, 'allow-insecure': true, body: ['false'] },
          trusted: { url, status: 200, 'ca-file': file('server.pem'), body: ['false'] },
          shown: {
            url,
            status: 200,
            'ca-file': file('server.pem'),
            'cert-file': file('client.pem'),
            'key-file': file('client.key'),
            body: ['true'],
          },
          proxied: {
            url: 'http://127.0.0.1:1/there',
            status: 200,
            proxy: `http://127.0.0.1:${proxy.port}`,
            body: ['http://127.0.0.1:1/there'],
          },
        },
      },
      signal,
    );
    const failed = results.filter(({ outcome }) => outcome !== 'passed');
    assert.equal(
      failed.map(({ check }) => check),
      ['http untrusted'],
      told(results).join('\n'),
    );
  });
}

test('without curl and wget a proxy and certificates are unsupported, also from outside', async ({
  signal,
}) => {
  await using host = await hostWith(['perl']);
  const url = 'http://127.0.0.1:1/';
  const results = await ask(
    host,
    { http: { a: { url, status: 200, proxy: url }, b: { url, status: 200, 'ca-file': '/x' } } },
    signal,
    '127.0.0.1',
  );
  assert.ok(
    results.every(({ outcome }) => outcome === 'unsupported'),
    told(results).join('\n'),
  );
});

test.run();
