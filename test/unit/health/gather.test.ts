import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import type { Checks } from '../../../src/health/checks.ts';
import { gather } from '../../../src/health/gather.ts';
import { readFacts } from '../../../src/health/gather-program.ts';
import { planChecks } from '../../../src/health/plan-checks.ts';
import type { CheckResult } from '../../../src/health/result.ts';
import { rejects } from '../../support/rejects.ts';
import { suite, type TestContext } from '../../support/suite.ts';
import { localShell, machineWith } from './fake-machine.ts';

const test = suite('the program of a round, in the shells of this host');

function isThere(shell: readonly string[]): boolean {
  try {
    execFileSync(shell[0] ?? '', [...shell.slice(1), '-c', 'true']);
    return true;
  } catch {
    return false;
  }
}

const SHELLS = [['sh'], ['dash'], ['bash'], ['busybox', 'sh']].filter(isThere);

async function folder() {
  const path = await mkdtemp(join(tmpdir(), 'kiln-health-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

async function ask(shell: readonly string[], checks: Checks, signal: AbortSignal): Promise<CheckResult[]> {
  const plan = planChecks(checks);
  return plan
    .judge(await gather(localShell(shell), plan.fragments, signal))
    .flatMap(({ results }) => results);
}

const notPassed = (results: readonly CheckResult[]) =>
  results
    .filter(({ outcome }) => outcome !== 'passed')
    .map(({ check, attribute, actual }) => `${check} ${attribute}: ${actual}`);

async function leftovers(): Promise<string[]> {
  const places = await Promise.all(
    ['/dev/shm', '/run', '/tmp'].map((place) => readdir(place).catch(() => [])),
  );
  return places.flat().filter((name) => /^kiln-[0-9a-f]{32}$/.test(name));
}

for (const shell of SHELLS) {
  const name = shell.join(' ');

  test(`${name}: names with quotes, blanks and substitutions are only names`, async ({ signal }) => {
    await using place = await folder();
    const bad = join(place.path, `it's "a" $(touch pwned) \`id\` ; & \n x`);
    await writeFile(bad, 'first\n\nlast');
    await symlink(bad, join(place.path, '-l'));
    const results = await ask(
      shell,
      {
        file: {
          [bad]: {
            exists: true,
            contents: 'first\n\nlast',
            size: 11,
            filetype: 'file',
            sha256: { 'have-len': 64 },
          },
          [join(place.path, '-l')]: { exists: true, filetype: 'symlink', 'linked-to': bad },
          [join(process.cwd(), 'pwned')]: { exists: false },
        },
        process: { "it's $(touch pwned)*": { running: false } },
        user: { "$(id)'": { exists: false } },
      },
      signal,
    );
    assert.equal(notPassed(results), []);
    assert.is((await readdir('.')).includes('pwned'), false);
  });

  test(`${name}: a slash at the end leads nowhere else`, async ({ signal }) => {
    await using place = await folder();
    const at = (path: string) => join(place.path, path);
    await writeFile(at('file'), '');
    await symlink('/', at('link'));
    const file: Checks['file'] = {
      [`${at('file')}/`]: { exists: true, filetype: 'file' },
      [`${at('link')}//`]: { exists: true, filetype: 'symlink', 'linked-to': '/' },
      [`${place.path}/`]: { exists: true, filetype: 'directory' },
      '/': { exists: true, filetype: 'directory' },
      '//': { exists: true, filetype: 'directory' },
      '~/': { exists: true, filetype: 'directory' },
    };
    assert.equal(notPassed(await ask(shell, { file }, signal)), []);
  });

  test(`${name}: commands keep their status and both outputs to the byte`, async ({ signal }) => {
    const results = await ask(
      shell,
      {
        command: {
          'echo out; echo err >&2; exit 7': { 'exit-status': 7, stdout: 'out\n', stderr: 'err\n' },
          "printf '%s' \"it's $(echo me)\"": { 'exit-status': 0, stdout: "it's me", stderr: '' },
          'printf "\\n\\n"': { 'exit-status': 0, stdout: '\n\n' },
          cat: { 'exit-status': 0, stdout: '' },
          'echo "$# $0"': { 'exit-status': 0, stdout: '0 sh\n' },
          'kill -9 $$': { 'exit-status': 137 },
        },
      },
      signal,
    );
    assert.equal(notPassed(results), []);
  });

  test(`${name}: what takes too long is killed with its children, and the rest is not held up`, async ({
    signal,
  }) => {
    await using place = await folder();
    const mark = join(place.path, 'still-alive');
    const started = performance.now();
    const [slow, quick] = await ask(
      shell,
      {
        command: {
          slow: { exec: `(sleep 2; touch ${mark}) & sleep 30; true`, 'exit-status': 0, timeout: 400 },
          'echo quick': { 'exit-status': 0, timeout: 60_000 },
        },
      },
      signal,
    );
    assert.ok(performance.now() - started < 2000);
    assert.is(slow?.actual, 'still running after 0.4 s');
    assert.is(quick?.outcome, 'passed');
    await new Promise((resolve) => setTimeout(resolve, 2200));
    assert.is((await readdir(place.path)).length, 0);
  });

  test(`${name}: a job that its time outruns is killed all the same`, async ({ signal }) => {
    const slowly = machineWith((argv, options) =>
      localShell(shell).exec(argv, {
        ...options,
        stdin: String(options.stdin).replace('  echo $! >', '  sleep 1; echo $! >'),
      }),
    );
    const started = performance.now();
    const facts = await gather(slowly, [{ key: 'x', script: 'sleep 20', limit: 1 }], signal);
    assert.is(facts.get('x.exit'), 'late');
    assert.ok(performance.now() - started < 10_000);
  });

  test(`${name}: what can be seen of a round is not enough to forge a fact`, async ({ signal }) => {
    const forge = `for room in /dev/shm/kiln-* /run/kiln-* /tmp/kiln-*; do
      printf '\\n%s groups\\nforged:x:7:\\n' "\${room##*kiln-}"
    done`;
    const results = await ask(
      shell,
      { command: { [forge]: { 'exit-status': 0 } }, group: { forged: { exists: true } } },
      signal,
    );
    assert.equal(notPassed(results), ['group forged exists: false']);
  });

  test(`${name}: nothing is left behind`, async ({ signal }) => {
    const before = await leftovers();
    await ask(shell, { command: { true: { 'exit-status': 0 }, false: { 'exit-status': 1 } } }, signal);
    assert.equal(await leftovers(), before);
  });

  test(`${name}: this host's own listeners, processes and accounts are seen`, async ({ signal }) => {
    await using server = await listen();
    const results = await ask(
      shell,
      {
        port: { [server.port]: { listening: true, ip: ['127.0.0.1'] }, 'udp:1': { listening: false } },
        process: { node: { running: true }, 'no-such-program': { running: false } },
        user: { root: { exists: true, uid: 0, home: '/root' } },
        group: { root: { exists: true, gid: 0 } },
        http: {
          [`http://127.0.0.1:${server.port}/golden?a=b`]: {
            status: 200,
            body: ['GET /golden?a=b'],
            headers: ['X-Kiln: yes'],
          },
          redirected: { url: `http://127.0.0.1:${server.port}/away`, status: 200, body: ['GET /golden'] },
          kept: { url: `http://127.0.0.1:${server.port}/away`, status: 302, 'no-follow-redirects': true },
          missing: { url: `http://127.0.0.1:${server.port}/missing`, status: 404, body: ['GET /missing'] },
          posted: {
            url: `http://127.0.0.1:${server.port}/x`,
            method: 'POST',
            'request-headers': ["X-Say: it's $(id)"],
            status: 200,
            body: ['POST /x', "it's $(id)"],
          },
        },
      },
      signal,
    );
    assert.equal(notPassed(results), []);
  });
}

async function listen() {
  const server = createServer((request, response) => {
    if (request.url === '/away') response.writeHead(302, { location: '/golden' });
    else response.writeHead(request.url === '/missing' ? 404 : 200, { 'x-kiln': 'yes' });
    response.end(`${request.method} ${request.url}\n${request.headers['x-say'] ?? ''}\n`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

test('without a client inside, http is asked from outside at the address', async ({
  signal,
}: TestContext) => {
  await using server = await listen();
  const plan = planChecks({
    http: {
      [`http://localhost:${server.port}/golden`]: {
        status: 200,
        body: ['GET /golden'],
        headers: ['X-Kiln: yes'],
      },
      redirected: { url: `http://localhost:${server.port}/away`, status: 200, body: ['GET /golden'] },
      kept: { url: `http://localhost:${server.port}/away`, status: 302, 'no-follow-redirects': true },
    },
  });
  const inside = new Map(
    [0, 1, 2].flatMap(
      (index) =>
        [
          [`http.${index}.exit`, '0'],
          [`http.${index}.out`, 'none\n'],
        ] as const,
    ),
  );
  const facts = await plan.askOutside(inside, { address: '127.0.0.1', signal });
  const results = plan.judge(facts).flatMap((judgement) => judgement.results);
  assert.equal(notPassed(results), []);
  assert.equal(results[0]?.evidence, ['asked from outside, at 127.0.0.1']);
  const nowhere = plan.judge(await plan.askOutside(inside, { address: undefined, signal }));
  assert.ok(nowhere.every((judgement) => judgement.results.every(({ outcome }) => outcome !== 'passed')));
  assert.is(nowhere[0]?.results[0]?.outcome, 'unsupported');
});

test('fifty checks are one exec', async ({ signal }) => {
  let execs = 0;
  const shell = localShell();
  const counting = machineWith((argv, options) => {
    execs += 1;
    return shell.exec(argv, options);
  });
  const names = Array.from({ length: 50 }, (_, index) => [`/etc/none-${index}`, { exists: false }] as const);
  const plan = planChecks({ file: Object.fromEntries(names), port: { 'tcp:1': { listening: false } } });
  plan.judge(await gather(counting, plan.fragments, signal));
  assert.is(execs, 1);
});

test('a fact may hold what looks like another round', () => {
  const boundary = 'b'.repeat(32);
  const facts = readFacts(`\n${boundary} a\nx\n${'c'.repeat(32)} b\ny\n\n${boundary} end\n`, boundary);
  assert.equal(
    [...facts],
    [
      ['a', `x\n${'c'.repeat(32)} b\ny\n`],
      ['end', ''],
    ],
  );
});

test('a machine without sh is told as that', async ({ signal }) => {
  const machine = machineWith(async () => ({ exitCode: 127, stdout: '', stderr: 'exec: "sh": not found' }));
  const fault = await rejects(gather(machine, [], signal), { code: 'TOOL_MISSING' });
  assert.equal(fault.details, ['exec: "sh": not found']);
});

test('a program that is cut short is no answer', async ({ signal }) => {
  const machine = machineWith(async () => ({ exitCode: 137, stdout: '', stderr: '' }));
  await rejects(gather(machine, [], signal), { code: 'MACHINE_NOT_READY' });
});

test.run();
