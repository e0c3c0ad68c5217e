import { createSocket } from 'node:dgram';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as assert from 'uvu/assert';
import { awaitHealthy } from '../../../src/health/await-healthy.ts';
import type { Checks, Probe } from '../../../src/health/checks.ts';
import type { HealthReport } from '../../../src/health/result.ts';
import { dnsReply } from '../../support/dns-reply.ts';
import { rejects } from '../../support/rejects.ts';
import { suite } from '../../support/suite.ts';

const test = suite('a machine that nobody can enter', { deadline: 30_000 });

const PROBE: Probe = {
  'start-period': 0,
  timeout: 2000,
  interval: 50,
  'success-threshold': 2,
  'stable-for': 100,
};
/** Another address than the loopback that checks name: it is what is asked. */
const ADDRESS = '127.0.9.7';

async function serving(listener: RequestListener) {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, ADDRESS, resolve));
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function wait(checks: Checks, signal: AbortSignal): Promise<HealthReport> {
  const log = { output() {}, note() {} };
  return await awaitHealthy({ address: ADDRESS }, checks, PROBE, { log, signal });
}

/** `check outcome: actual` */
const told = ({ results }: HealthReport) =>
  results.map(({ check, outcome, actual }) => `${check} ${outcome}: ${actual}`);

test('is healthy when what it offers at its address holds by the probe’s rules, and the rest is said to be unasked', async ({
  signal,
}) => {
  let asked = 0;
  // Twice it is not up yet, and once it falls over.
  await using server = await serving((_request, response) => {
    asked += 1;
    response.statusCode = asked < 3 || asked === 4 ? 503 : 200;
    response.end('golden');
  });
  const url = `http://127.0.0.1:${server.port}/`;
  const report = await wait(
    {
      service: { app: { enabled: true, running: true } },
      port: {
        [`tcp:${server.port}`]: { listening: true },
        'tcp:1': { listening: false },
        [`tcp6:${server.port}`]: { listening: true },
        'udp:53': { listening: true },
        [`tcp4:${server.port}`]: { listening: true, ip: ['0.0.0.0'] },
      },
      http: {
        [url]: { status: 200, body: ['golden'] },
        'http://db.internal/': { status: 200 },
        sure: { url, status: 200, 'ca-file': '/etc/ca.pem' },
      },
      file: { '/etc/passwd': { exists: true }, '/skipped': { exists: true, skip: true } },
      dns: { 'web.test': { resolvable: true, server: '192.0.2.53' } },
    },
    signal,
  );
  const unasked = 'unsupported: it cannot be asked from outside';
  assert.equal(told(report), [
    `service app ${unasked}`,
    `service app ${unasked}`,
    `port tcp:${server.port} passed: true`,
    `port tcp:1 ${unasked}`,
    `port tcp6:${server.port} ${unasked}`,
    `port udp:53 ${unasked}`,
    `port tcp4:${server.port} ${unasked}`,
    `port tcp4:${server.port} skipped: not looked at: listening it cannot be asked from outside`,
    `http ${url} passed: 200`,
    `http ${url} passed: "golden"`,
    `http http://db.internal/ ${unasked}`,
    `http sure ${unasked}`,
    `file /etc/passwd ${unasked}`,
    'file /skipped skipped: skip: true',
    `dns web.test ${unasked}`,
  ]);
  assert.ok(report.healthy, report.reason);
  assert.ok(asked >= 6, 'after the fall it has to hold twice again');
  assert.equal(report.results[2]?.evidence, ['asked from outside']);
});

test('is not healthy when a port that is to be open takes no connections', async ({ signal }) => {
  const report = await wait({ port: { 'tcp:1': { listening: true } }, http: {} }, signal);
  assert.not.ok(report.healthy);
  assert.equal(told(report), [`port tcp:1 failed: false (connect ECONNREFUSED ${ADDRESS}:1)`]);
  assert.match(report.reason ?? '', /still failing after 2(.0)? s: port tcp:1/);
});

test('is asked for names where it is the name server itself', async ({ signal }) => {
  const server = createSocket('udp4');
  const known = { type: 'A', name: 'web.test', data: [Buffer.from([192, 0, 2, 7])] } as const;
  server.on('message', (asked, from) => {
    const reply = Buffer.concat([asked.subarray(0, 2), Buffer.from(dnsReply(known), 'hex')]);
    server.send(reply, from.port, from.address);
  });
  await new Promise<void>((resolve) => server.bind(0, ADDRESS, resolve));
  try {
    const own = `127.0.0.1:${server.address().port}`;
    const report = await wait(
      { dns: { 'A:web.test': { addrs: ['192.0.2.7'], resolvable: true, server: own } } },
      signal,
    );
    assert.equal(told(report), ['dns A:web.test passed: true', 'dns A:web.test passed: ["192.0.2.7"]']);
    assert.equal(report.results[0]?.evidence, ['asked from outside']);
  } finally {
    await new Promise<void>((resolve) => server.close(() => resolve()));
  }
});

test('of which nothing can be asked is asked nothing', async ({ signal }) => {
  const report = await wait({ process: { app: { running: true } } }, signal);
  assert.equal(
    [report.healthy, report.rounds, told(report)],
    [true, 0, ['process app unsupported: it cannot be asked from outside']],
  );
});

test('is let go of at once when the wait is given up', async ({ signal }) => {
  const given = AbortSignal.any([signal, AbortSignal.timeout(300)]);
  const started = performance.now();
  // A documentation's address, which nobody answers at.
  const closed = { address: '192.0.2.1' };
  const log = { output() {}, note() {} };
  const waiting = awaitHealthy(closed, { port: { 'tcp:80': { listening: true } } }, PROBE, {
    log,
    signal: given,
  });
  await rejects<Error>(waiting, ({ name }) => name === 'TimeoutError');
  assert.ok(performance.now() - started < 2000);
});

test.run();
