import { homedir } from 'node:os';
import * as assert from 'uvu/assert';
import { cacheHome, kilnHome } from '../../../src/core/home.ts';
import { suite } from '../../support/suite.ts';

const test = suite('home');

test('KILN_HOME is taken before the XDG folder, and a relative one is made absolute', () => {
  assert.is(kilnHome({ KILN_HOME: '/srv/kiln', XDG_DATA_HOME: '/data' }), '/srv/kiln');
  assert.is(kilnHome({ KILN_HOME: 'here' }), `${process.cwd()}/here`);
});

test('the XDG folders are used when they are absolute', () => {
  assert.is(kilnHome({ XDG_DATA_HOME: '/data' }), '/data/kiln');
  assert.is(cacheHome({ XDG_CACHE_HOME: '/cache' }), '/cache/kiln');
  assert.is(kilnHome({ XDG_DATA_HOME: 'data' }), `${homedir()}/.local/share/kiln`);
});

test('without any of them it is in the home folder; an empty variable is as good as none', () => {
  assert.is(kilnHome({ KILN_HOME: '', XDG_DATA_HOME: '' }), `${homedir()}/.local/share/kiln`);
  assert.is(cacheHome({}), `${homedir()}/.cache/kiln`);
});

test.run();
