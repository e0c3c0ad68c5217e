import * as assert from 'uvu/assert';
import { diffInventories } from '../../../src/catalogue/diff.ts';
import type { InstalledPackage, Inventory } from '../../../src/catalogue/inventory.ts';
import { suite } from '../../support/suite.ts';
import { NO_INVENTORY } from './sample-record.ts';

const test = suite('difference of two inventories');

const packages = (...list: string[]): Inventory => ({
  ...NO_INVENTORY,
  packages: list.map((item): InstalledPackage => {
    const [name = '', version = '', arch = 'amd64'] = item.split(' ');
    return { name, version, arch };
  }),
});

test('packages go up, down, come and go', () => {
  const diff = diffInventories(
    packages('curl 7.88.1-10', 'gone 1.0', 'nginx 1.22.1-9', 'same 1', 'vim 2:9.0'),
    packages('curl 7.88.1-9', 'new 3.0', 'nginx 1.22.1-9+deb12u3', 'same 1', 'vim 2:9.1'),
  );
  assert.equal(diff.packages, {
    upgraded: [
      { name: 'nginx', arch: 'amd64', from: '1.22.1-9', to: '1.22.1-9+deb12u3' },
      { name: 'vim', arch: 'amd64', from: '2:9.0', to: '2:9.1' },
    ],
    downgraded: [{ name: 'curl', arch: 'amd64', from: '7.88.1-10', to: '7.88.1-9' }],
    added: [{ name: 'new', version: '3.0', arch: 'amd64' }],
    removed: [{ name: 'gone', version: '1.0', arch: 'amd64' }],
  });
});

test('a package of two architectures is two packages', () => {
  const diff = diffInventories(packages('libc6 1 amd64'), packages('libc6 1 amd64', 'libc6 1 i386'));
  assert.equal(diff.packages.added, [{ name: 'libc6', version: '1', arch: 'i386' }]);
  assert.equal(diff.packages.removed, []);
});

test('a package that becomes one for all architectures is still itself', () => {
  const diff = diffInventories(packages('tool 1 amd64'), packages('tool 2 all'));
  assert.equal(diff.packages.upgraded, [{ name: 'tool', arch: 'all', from: '1', to: '2' }]);
  assert.equal([...diff.packages.added, ...diff.packages.removed], []);
});

test('a user, a unit and a port that are not the same are shown before and after', () => {
  const user = { name: 'app', uid: 100, gid: 100, home: '/srv', shell: '/bin/sh' };
  const unit = { unit: 'app.service', state: 'enabled' };
  const port = { protocol: 'tcp', address: '::', port: 80, process: 'nginx' } as const;
  const diff = diffInventories(
    { packages: [], users: [user], services: [unit], ports: [port] },
    {
      packages: [],
      users: [{ ...user, uid: 101 }],
      services: [{ ...unit, state: 'masked' }],
      ports: [{ ...port, process: 'caddy' }],
    },
  );
  assert.is(diff.users.changed[0]?.after.uid, 101);
  assert.is(diff.services.changed[0]?.before.state, 'enabled');
  assert.is(diff.ports.changed[0]?.after.process, 'caddy');
});

test('a process that could not be seen is no change of the port', () => {
  const port = { protocol: 'tcp', address: '::', port: 80 } as const;
  const diff = diffInventories(
    { ...NO_INVENTORY, ports: [port] },
    { ...NO_INVENTORY, ports: [{ ...port, process: 'app' }] },
  );
  assert.equal(diff.ports, { added: [], removed: [], changed: [] });
});

test.run();
