import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { takeInventory } from '../../../src/app/take-inventory.ts';
import { diffInventories } from '../../../src/catalogue/diff.ts';
import { unpackPackageFiles } from '../../../src/catalogue/stored-package-files.ts';
import type { ExecResult, Machine } from '../../../src/platforms/platform.ts';
import { rejects } from '../../support/rejects.ts';
import { suite } from '../../support/suite.ts';

const test = suite('inventory');

const fixture = (name: string) => readFile(join(import.meta.dirname, 'fixtures', name), 'utf8');

/** A machine that answers the inventory's one exec. */
function answering(stdout: string, rest: Partial<ExecResult> = {}) {
  const calls: (readonly string[])[] = [];
  const machine: Machine = {
    id: 'fake',
    platform: 'docker',
    init: 'systemd',
    address: undefined,
    enter: [],
    exec: async (argv) => {
      calls.push(argv);
      return { exitCode: 0, stdout, stderr: '', ...rest };
    },
    upload: async () => assert.unreachable('an inventory uploads nothing'),
    download: () => {
      throw new Error('an inventory downloads nothing');
    },
    remove: async () => assert.unreachable('an inventory removes nothing'),
  };
  return { machine, calls };
}

test('a real container with nginx is read in one exec', async ({ signal }) => {
  const { machine, calls } = answering(await fixture('debian-nginx.txt'));
  const { inventory, packageFiles: packed } = await takeInventory(machine, signal);
  const packageFiles = await unpackPackageFiles(packed);
  assert.is(calls.length, 1);
  assert.equal(calls[0]?.slice(0, 2), ['/bin/sh', '-c']);

  const nginx = inventory.packages.find(({ name }) => name === 'nginx');
  assert.equal(nginx, { name: 'nginx', version: '1.22.1-9+deb12u11', arch: 'amd64' });
  const state = (unit: string) => inventory.services.find((service) => service.unit === unit)?.state;
  assert.is(state('nginx.service'), 'enabled');
  assert.is(state('apt-daily.timer'), 'masked');
  assert.is(state('dbus.service'), 'static');
  assert.equal(inventory.users[0], { name: 'root', uid: 0, gid: 0, home: '/root', shell: '/bin/bash' });
  assert.ok(inventory.users.some(({ name, uid }) => name === 'deploy' && uid === 999));
  assert.equal(inventory.ports, [
    { protocol: 'tcp', address: '0.0.0.0', port: 80, process: 'nginx' },
    { protocol: 'tcp6', address: '::', port: 80, process: 'nginx' },
  ]);

  const pathsOf = (name: string) => packageFiles.find((one) => one.name === name)?.paths;
  assert.ok(pathsOf('nginx')?.includes('/usr/sbin/nginx'));
  assert.ok(pathsOf('libc6')?.includes('/lib/x86_64-linux-gnu'), 'its list is named libc6:amd64');
  assert.ok(pathsOf('nginx-common')?.includes('/etc/nginx/sites-available/default'));
  assert.not(
    pathsOf('nginx-common')?.includes('/etc/nginx/nginx.conf'),
    'an edited configuration file is not its',
  );
  assert.ok(pathsOf('dash')?.includes('/bin/sh'), 'a package is not diverted by itself');
  assert.not(pathsOf('dash')?.includes('/.'));
});

test('two real containers differ by what was done to one of them', async ({ signal }) => {
  const before = await takeInventory(answering(await fixture('debian.txt')).machine, signal);
  const after = await takeInventory(answering(await fixture('debian-nginx.txt')).machine, signal);
  const diff = diffInventories(before.inventory, after.inventory);
  const added = diff.packages.added.map(({ name }) => name);
  assert.ok(['nginx', 'nginx-common', 'procps'].every((name) => added.includes(name)));
  assert.equal([diff.packages.removed, diff.packages.upgraded, diff.packages.downgraded], [[], [], []]);
  assert.equal(
    diff.services.changed.map((change) => [change.after.unit, change.before.state, change.after.state]),
    [['apt-daily.timer', 'enabled', 'masked']],
  );
  assert.ok(diff.services.added.some(({ unit }) => unit === 'nginx.service'));
  assert.equal(
    diff.users.added.map(({ name }) => name),
    ['deploy'],
  );
  assert.equal(
    diff.ports.added.map(({ port }) => port),
    [80, 80],
  );
});

test('a system with nothing but a shell has an empty inventory', async ({ signal }) => {
  const { inventory, packageFiles } = await takeInventory(
    answering('#kiln packages\n#kiln end\n').machine,
    signal,
  );
  assert.equal(inventory, { packages: [], services: [], users: [], ports: [] });
  assert.equal(await unpackPackageFiles(packageFiles), []);
});

test('output that breaks off is a fault and never a shorter inventory', async ({ signal }) => {
  const whole = await fixture('debian.txt');
  const torn = answering(whole.slice(0, whole.length - 20), { exitCode: 137, stderr: 'Killed\n' });
  const fault = await rejects(takeInventory(torn.machine, signal), { code: 'ENGINE_FAILED' });
  assert.match(fault.message, 'exit code 137');
  assert.equal(fault.details, ['Killed']);
});

const output = (sections: Record<string, string>) =>
  `${Object.entries(sections)
    .map(([name, text]) => `#kiln ${name}\n${text}\n`)
    .join('')}#kiln end\n`;

test('a package that is removed but configured is not installed', async ({ signal }) => {
  const packages = 'old\t1.0\tall\tconfig-files\nnew\t2.0\tall\tinstalled';
  const { inventory } = await takeInventory(answering(output({ packages })).machine, signal);
  assert.equal(inventory.packages, [{ name: 'new', version: '2.0', arch: 'all' }]);
});

test('a diverted path of another package is where the diversion leads', async ({ signal }) => {
  const script = output({
    'dpkg-files': '==> ./a.list <==\n/.\n/bin\n/bin/tool\n\n==> ./b.list <==\n/.\n/bin/tool\n',
    diversions: '/bin/tool\n/bin/tool.real\nb',
  });
  const { packageFiles } = await takeInventory(answering(script).machine, signal);
  assert.equal(await unpackPackageFiles(packageFiles), [
    { name: 'a', paths: ['/bin', '/bin/tool.real'] },
    { name: 'b', paths: ['/bin/tool'] },
  ]);
});

test("apk's database gives packages and their files", async ({ signal }) => {
  // The format is apk-tools' documented one; this excerpt was written by hand.
  const apk =
    'C:Q1abc=\nP:busybox\nV:1.36.1-r5\nA:x86_64\nF:bin\nR:busybox\nR:sh\nF:etc\n\nP:musl\nV:1.2.4-r2\nA:x86_64\nF:lib\nR:libc.so\n';
  const { inventory, packageFiles } = await takeInventory(answering(output({ apk })).machine, signal);
  assert.equal(inventory.packages[1], { name: 'musl', version: '1.2.4-r2', arch: 'x86_64' });
  assert.equal((await unpackPackageFiles(packageFiles))[0], {
    name: 'busybox',
    paths: ['/bin', '/bin/busybox', '/bin/sh', '/etc'],
  });
});

test("rpm's words give packages and their files", async ({ signal }) => {
  // rpm's query tags are documented; this output was written by hand.
  const sections = {
    packages: 'bash\t(none):5.1.8-6\tx86_64\nshadow\t2:4.9-8\tx86_64',
    'rpm-files': '=bash\n/usr/bin/bash\n',
  };
  const { inventory, packageFiles } = await takeInventory(answering(output(sections)).machine, signal);
  assert.equal(
    inventory.packages.map(({ version }) => version),
    ['5.1.8-6', '2:4.9-8'],
  );
  assert.equal(await unpackPackageFiles(packageFiles), [{ name: 'bash', paths: ['/usr/bin/bash'] }]);
});

const tcp = (local: string, state: string, inode: number) =>
  `   0: ${local} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000     0        0 ${inode} 1`;

test('addresses are read from the byte order of the kernel', async ({ signal }) => {
  const sections = {
    tcp: tcp('0100007F:1F90', '0A', 1),
    tcp6: `${tcp('00000000000000000000000001000000:0016', '0A', 2)}\n${tcp('B80D0120000000000000000001000000:0050', '0A', 3)}`,
    udp: tcp('00000000:0044', '07', 4),
  };
  const { inventory } = await takeInventory(answering(output(sections)).machine, signal);
  assert.equal(inventory.ports, [
    { protocol: 'tcp', address: '127.0.0.1', port: 8080 },
    { protocol: 'tcp6', address: '::1', port: 22 },
    { protocol: 'tcp6', address: '2001:db8::1', port: 80 },
    { protocol: 'udp', address: '0.0.0.0', port: 68 },
  ]);
});

test("connections, clients' udp ports and the engine's resolver are no listening ports", async ({
  signal,
}) => {
  const sections = {
    tcp: `${tcp('0100007F:1F90', '01', 1)}\n${tcp('0B00007F:A3F1', '0A', 2)}`,
    udp: `${tcp('00000000:9C40', '07', 3)}\n${tcp('0B00007F:8001', '07', 4)}`,
  };
  const { inventory } = await takeInventory(answering(output(sections)).machine, signal);
  assert.equal(inventory.ports, []);
});

test.run();
