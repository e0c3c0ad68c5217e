import * as assert from 'uvu/assert';
import { suite } from '../../support/suite.ts';
import { file, folder, manifestOf } from './sample-tree.ts';

const test = suite('paths outside of a tree');

test('paths that whoever runs the image lays its own over are no part of a tree', async () => {
  const outside = [
    '.dockerenv',
    'dev/null',
    'dev/a\nb',
    'etc/hostname',
    'etc/hosts',
    'etc/resolv.conf',
    'etc/mtab',
    'lost+found',
  ];
  const inside = [
    'dev',
    'lost+found/hidden',
    'etc/hosts.allow',
    'etc/hostname.d',
    'srv/dev/null',
    'srv/.dockerenv',
    'srv/etc/hosts',
  ];
  const manifest = await manifestOf([folder(''), ...[...outside, ...inside].map((path) => file(path))]);
  assert.equal(
    manifest.map(({ path }) => path),
    [...inside].sort(),
  );
});

test.run();
