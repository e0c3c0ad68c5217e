import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as assert from 'uvu/assert';
import { doctor } from '../../../src/app/doctor.ts';
import type { Host } from '../../../src/app/host.ts';
import { suite } from '../../support/suite.ts';

const test = suite('doctor');

const NO_ENGINE = { DOCKER_HOST: 'unix:///nonexistent/docker.sock', KILN_HOME: '/srv/kiln' };

test('what is there is shown with its version', async ({ signal }) => {
  await using engine = await engineThatSays({
    Driver: 'overlay2',
    DriverStatus: [['Backing Filesystem', 'extfs']],
  });
  const findings = await doctor(
    signal,
    host({ env: { DOCKER_HOST: engine.address, KILN_HOME: '/srv/kiln' } }),
  );
  assert.equal(
    findings.map(({ name, state, about }) => [name, state, about]),
    [
      ['node', 'there', '20.19.0'],
      ['container engine', 'there', `20.10.24 at ${engine.address} (DOCKER_HOST), overlay2, cgroup v2`],
      ['mmdebstrap', 'there', '1.3.5'],
      ['apt-helper', 'there', '2.6.1'],
      ['disk space', 'there', '8.0 GiB free at /srv/kiln'],
      ['qemu-system-x86_64', 'there', '7.2.22'],
      ['qemu-img', 'there', '2.6.1'],
      ['sfdisk', 'there', '2.6.1'],
      ['mkfs.vfat', 'there', '2.6.1'],
      ['mcopy', 'there', '2.6.1'],
      ['mke2fs', 'there', '2.6.1'],
      ['debugfs', 'there', '2.6.1'],
      ['ssh', 'there', '9.2'],
      ['OVMF', 'there', '/usr/share/OVMF/OVMF_CODE_4M.fd'],
      ['acceleration', 'there', 'KVM'],
    ],
  );
});

test('a missing tool comes with the command that installs it', async ({ signal }) => {
  const findings = await doctor(signal, host({ output: async () => undefined }));
  const missing = findings
    .filter(({ state }) => state === 'missing')
    .map(({ name, remedy }) => [name, remedy]);
  assert.equal(missing.slice(1), [
    ['mmdebstrap', 'apt-get install --yes mmdebstrap'],
    ['apt-helper', 'apt-get install --yes apt'],
    ['qemu-system-x86_64', 'apt-get install --yes qemu-system-x86'],
    ['qemu-img', 'apt-get install --yes qemu-utils'],
    ['sfdisk', 'apt-get install --yes fdisk'],
    ['mkfs.vfat', 'apt-get install --yes dosfstools'],
    ['mcopy', 'apt-get install --yes mtools'],
    ['mke2fs', 'apt-get install --yes e2fsprogs'],
    ['debugfs', 'apt-get install --yes e2fsprogs'],
    ['ssh', 'apt-get install --yes openssh-client'],
  ]);
});

test('what virtual machines take is not needed by those who bake in containers', async ({ signal }) => {
  const findings = await doctor(signal, host({ output: async () => undefined, isThere: async () => false }));
  const names = findings.filter(({ needed }) => !needed).map(({ name }) => name);
  assert.equal(names.slice(-2), ['ssh', 'OVMF']);
  assert.ok(names.includes('qemu-img'));
  assert.is(findings.at(-1)?.remedy, 'apt-get install --yes ovmf');
});

test('that KVM cannot be tried keeps nothing else from being told', async ({ signal }) => {
  const refused = async () => Promise.reject(new Error('EACCES: /cache'));
  const found = (await doctor(signal, host({ accelerator: refused }))).at(-1);
  assert.equal(
    [found?.state, found?.about],
    ['missing', 'TCG (emulation): KVM could not be tried: EACCES: /cache'],
  );
});

test('where virtual machines are emulated, it is said why', async ({ signal }) => {
  const why = '/dev/kvm is there, but QEMU cannot run a guest with it: failed to set MSR 0x10a';
  const findings = await doctor(signal, host({ accelerator: async () => ({ name: 'tcg', why }) }));
  const found = findings.find(({ name }) => name === 'acceleration');
  assert.equal([found?.state, found?.needed, found?.about], ['missing', false, `TCG (emulation): ${why}`]);
});

test('an engine that does not answer is missing, and it is said where it was looked for', async ({
  signal,
}) => {
  const engine = (await doctor(signal, host({}))).find(({ name }) => name === 'container engine');
  assert.is(engine?.state, 'missing');
  assert.match(engine?.about ?? '', '/nonexistent/docker.sock: there is no such socket');
  assert.match(engine?.remedy ?? '', 'make engine');
});

test("an engine whose images are containerd's is not usable", async ({ signal }) => {
  const DriverStatus = [['driver-type', 'io.containerd.snapshotter.v1']];
  await using server = await engineThatSays({ Driver: 'overlayfs', DriverStatus });
  const findings = await doctor(signal, host({ env: { DOCKER_HOST: server.address } }));
  const engine = findings.find(({ name }) => name === 'container engine');
  assert.is(engine?.state, 'unusable');
  assert.match(engine?.remedy ?? '', 'containerd-snapshotter');
});

test('a server that answers the ping and nothing else is not usable', async ({ signal }) => {
  await using server = await engineThatSays(undefined);
  const findings = await doctor(signal, host({ env: { DOCKER_HOST: server.address } }));
  assert.is(findings.find(({ name }) => name === 'container engine')?.state, 'unusable');
});

test('a Node.js that is too old is not usable', async ({ signal }) => {
  for (const [version, state] of [
    ['18.20.4', 'unusable'],
    ['20.18.3', 'unusable'],
    ['20.19.0', 'there'],
    ['24.0.1', 'there'],
  ] as const) {
    const [node] = await doctor(signal, host({ nodeVersion: version }));
    assert.is(node?.state, state, version);
  }
});

test('a full disk is said before a bake meets it', async ({ signal }) => {
  const findings = await doctor(signal, host({ freeSpace: async () => 1024 ** 3 }));
  const space = findings.find(({ name }) => name === 'disk space');
  assert.is(space?.state, 'unusable');
  assert.match(space?.remedy ?? '', 'KILN_HOME');
});

test.run();

const SAID: Readonly<Record<string, string>> = {
  mmdebstrap: 'mmdebstrap 1.3.5',
  'qemu-system-x86_64': 'QEMU emulator version 7.2.22 (Debian 1:7.2+dfsg-7+deb12u18)',
  ssh: 'OpenSSH_9.2p1 Debian-2+deb12u10, OpenSSL 3.0.19 27 Jan 2026',
};

function host(changes: Partial<Host>): Host {
  return {
    nodeVersion: '20.19.0',
    env: NO_ENGINE,
    output: async ([program]) => SAID[program] ?? 'apt 2.6.1 (amd64)',
    isThere: async () => true,
    accelerator: async () => ({ name: 'kvm' }),
    freeSpace: async () => 8 * 1024 ** 3,
    ...changes,
  };
}

/** A stand-in for an engine that answers the ping, and /info unless that is undefined. */
async function engineThatSays(info: Record<string, unknown> | undefined) {
  const server = createServer((request, response) => {
    const known = request.url === '/_ping' || (request.url === '/info' && info !== undefined);
    response.statusCode = known ? 200 : 404;
    response.end(
      request.url === '/info'
        ? JSON.stringify({ ServerVersion: '20.10.24', CgroupVersion: '2', ...info })
        : 'OK',
    );
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    address: `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}
