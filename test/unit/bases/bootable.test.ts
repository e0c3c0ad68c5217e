import * as assert from 'uvu/assert';
import { bootable } from '../../../src/bases/bootable.ts';
import { suite } from '../../support/suite.ts';
import { EPOCH, file, folder, sourceOf } from '../tree/sample-tree.ts';

const test = suite('a tree that boots');

test('it has a network on every card, and a folder comes before what is in it', async ({ signal }) => {
  const members = [
    folder('etc'),
    folder('etc/systemd/system'),
    folder('etc/systemd/system/sockets.target.wants'),
  ];
  const paths: string[] = [];
  for await (const { path, mtime } of bootable(sourceOf(members), EPOCH).read(signal)) {
    paths.push(path);
    assert.ok(mtime <= EPOCH);
  }
  assert.is(new Set(paths).size, paths.length);
  for (const path of paths.filter((one) => one.startsWith('etc/systemd/'))) {
    const parent = path.slice(0, path.lastIndexOf('/'));
    if (parent !== 'etc/systemd') assert.ok(paths.indexOf(parent) < paths.indexOf(path), path);
  }
  assert.ok(paths.includes('etc/systemd/system/multi-user.target.wants/systemd-networkd.service'));
});

test('what a package has put there stays', async ({ signal }) => {
  const own = file('etc/systemd/network/80-dhcp.network', 'mine', { mode: 0o600 });
  const found = [];
  for await (const member of bootable(sourceOf([own]), EPOCH).read(signal))
    if (member.path === own.path) found.push(member.mode);
  assert.equal(found, [0o600]);
});

test.run();
