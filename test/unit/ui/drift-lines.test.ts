import * as assert from 'uvu/assert';
import { type DriftView, driftLines } from '../../../src/ui/drift-lines.ts';
import { suite } from '../../support/suite.ts';

const test = suite('drift for people');

type Instance = DriftView['instances'][number];
type Change = Instance['changes'][number];

const entry = (type: string, mode = '0644') => ({ type, mode, owner: '0:0' });
const added = (path: string, type = 'file', mode = '0644'): Change => ({
  path,
  kind: 'added',
  what: [],
  after: entry(type, mode),
});
const removed = (path: string, type = 'file'): Change => ({
  path,
  kind: 'removed',
  what: [],
  before: entry(type),
});

function linesOf(changes: readonly Change[], more: Partial<Instance> = {}): string[] {
  const digest = `sha256:${'a'.repeat(64)}`;
  const instance: Instance = { node: 'web-1', image: 'web@7', digest, state: 'drifted', changes, ...more };
  return driftLines({ environment: 'prod', instances: [instance] });
}

test('every instance says how it is', () => {
  const state = (more: Partial<Instance>) => linesOf([], more);
  assert.equal(state({ state: 'same' }), ['✔ web-1  web@7 aaaaaaaaaaaa  as its image']);
  assert.equal(state({ state: 'stopped' }), ['- web-1  web@7 aaaaaaaaaaaa  does not run']);
  assert.equal(state({ state: 'unknown', why: 'web@7 has no record' }), [
    '✗ web-1  web@7 aaaaaaaaaaaa  unknown: web@7 has no record',
  ]);
  assert.equal(driftLines({ environment: 'prod', instances: [] }), ['nothing runs in prod']);
});

test('each change is a line, with old and new where they are short', () => {
  const before = { type: 'file', mode: '0644', owner: '0:0' };
  const lines = linesOf([
    { path: '/etc/a', kind: 'changed', what: ['content'], before, after: before },
    {
      path: '/etc/b',
      kind: 'changed',
      what: ['mode', 'owner'],
      before,
      after: { type: 'file', mode: '4755', owner: '0:33' },
    },
    {
      path: '/etc/c',
      kind: 'changed',
      what: ['target'],
      before: { ...entry('symlink'), target: 'x' },
      after: { ...entry('symlink'), target: '/y' },
    },
    { path: '/etc/d', kind: 'changed', what: ['type'], before, after: entry('symlink') },
    added('/root/.ssh', 'directory'),
    added('/root/.ssh/authorized_keys'),
    removed('/srv/page'),
  ]);
  assert.equal(lines, [
    '✗ web-1  web@7 aaaaaaaaaaaa  7 paths differ from its image',
    '    ~ /etc/a (content)',
    '    ~ /etc/b (mode 0644 → 4755, owner 0:0 → 0:33, runs as its owner)',
    '    ~ /etc/c (target x → /y)',
    '    ~ /etc/d (type file → symlink)',
    '    + /root/.ssh/',
    '    + /root/.ssh/authorized_keys',
    '    - /srv/page',
  ]);
});

test('a folder with many below it stands for them, save for what runs as its owner', () => {
  const many = Array.from({ length: 6 }, (_, n) => `/opt/x/deep/${n}`);
  const lines = linesOf([
    added('/opt/x', 'directory'),
    added('/opt/x-2'),
    added('/opt/x/deep', 'directory'),
    ...many.map((path) => added(path)),
    added('/opt/x/su', 'file', '4755'),
    removed('/srv/y', 'directory'),
    ...many.map((path) => removed(path.replace('/opt/x/deep', '/srv/y'))),
  ]);
  assert.equal(lines.slice(1), [
    '    + /opt/x/ (and 8 below it)',
    '    + /opt/x-2',
    '    + /opt/x/su (runs as its owner)',
    '    - /srv/y/ (and 6 below it)',
  ]);
});

test('what was in a folder that became something else goes with it', () => {
  const became: Change = {
    path: '/srv/y',
    kind: 'changed',
    what: ['type'],
    before: entry('directory'),
    after: entry('symlink'),
  };
  const gone = Array.from({ length: 9 }, (_, n) => removed(`/srv/y/${n}`));
  assert.equal(linesOf([became, ...gone]).slice(1), [
    '    ~ /srv/y (type directory → symlink, and 9 below it)',
  ]);
});

test('fifty lines are shown, and the rest is counted', () => {
  const changes = Array.from({ length: 53 }, (_, n) => added(`/etc/${n}`));
  const lines = linesOf(changes);
  assert.is(lines.length, 52);
  assert.is(lines[0], '✗ web-1  web@7 aaaaaaaaaaaa  53 paths differ from its image');
  assert.is(lines.at(-1), '    … and 3 more; --json has all');
  assert.is(linesOf(changes.slice(0, 50)).length, 51);
});

test('a name cannot pass for another, or for a line of ours', () => {
  const lines = linesOf([
    added('/etc/a\r✔ web-1'),
    added('/etc/b\n\u001b[2J'),
    added('/etc/\u202etxt.\udcff'),
  ]);
  assert.equal(lines.slice(1), [
    '    + /etc/a\\u000d✔ web-1',
    '    + /etc/b\\u000a\\u001b[2J',
    '    + /etc/\\u202etxt.\\udcff',
  ]);
});

test.run();
