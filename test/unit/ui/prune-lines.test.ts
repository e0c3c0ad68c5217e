import * as assert from 'uvu/assert';
import { type PruneView, pruneLines } from '../../../src/ui/prune-lines.ts';
import { type RevokedView, revokedLines } from '../../../src/ui/revoked-lines.ts';
import { suite } from '../../support/suite.ts';

const test = suite('lines of prune and revoke');

const NOW = new Date('2026-11-25T12:00:00Z');
const NOTHING: PruneView = {
  remove: [],
  held: [],
  kept: 3,
  unlimited: [],
  unknown: [],
  silent: [],
  unread: [],
  damaged: [],
};
const ONE = {
  name: 'web@3',
  created: '2026-11-13T12:00:00Z',
  bytes: 812_000_000,
  files: 231_000_000,
  forms: ['oci', 'disk'],
  why: 'not in last 2, daily 7',
};

test('what would go and what stays all the same is told with why, and how it is done', () => {
  const lines = pruneLines(
    {
      ...NOTHING,
      remove: [ONE, { ...ONE, name: 'web@10', files: 0, revoked: true }],
      held: [{ name: 'web@4', created: ONE.created, why: ['runs in prod', 'base of app@9'] }],
      unlimited: ['app', 'toolbox'],
      unknown: ['old'],
    },
    NOW,
  );
  assert.equal(lines, [
    'WOULD GO   AGE    SIZE   FILES  WHY',
    'web@3     12 d  812 MB  231 MB  not in last 2, daily 7',
    'web@10    12 d  812 MB       -  not in last 2, daily 7; revoked',
    'STAYS ALL THE SAME   AGE  WHY',
    'web@4               12 d  runs in prod; base of app@9',
    'without `keep:`, so nothing of it is pruned: app, toolbox',
    'no template of this workspace, so nothing of it is pruned: old',
    '2 images would go, 231 MB of files, and what the engine frees, which nobody can say as its images share layers; nothing was changed: bake prune --yes does it',
  ]);
});

test('where nothing goes it says so, and what could not be asked or read', () => {
  const silent = { platform: 'docker', why: 'no engine', mayRun: true };
  assert.equal(
    pruneLines(
      {
        ...NOTHING,
        silent: [silent, { ...silent, mayRun: false }],
        unread: [{ environment: 'dev', lines: 1 }],
        damaged: ['app@2'],
      },
      NOW,
    ),
    [
      '! docker cannot be asked what it runs, so nothing is pruned that may run there: no engine',
      '! docker cannot be asked, and nothing says that it runs anything: no engine',
      '! the history of dev has 1 line that cannot be read: where a rollback leads is told by the others',
      '! nothing is pruned as long as a record is damaged, as it may be of an image that is based on it: app@2; see bake list',
      'nothing to prune: the rules keep 3 images',
    ],
  );
  assert.equal(pruneLines({ ...NOTHING, done: { images: [], damaged: [] } }, NOW), [
    'nothing to prune: the rules keep 3 images',
  ]);
});

test('of what was done it says what is left, and claims no more than it knows', () => {
  const part = (name: string, state: 'removed' | 'shared' | 'pending', freed = 0, why?: string) => ({
    part: name,
    state,
    freed,
    ...(why === undefined ? {} : { why }),
  });
  const lines = pruneLines(
    {
      ...NOTHING,
      remove: [ONE],
      done: {
        images: [
          { name: 'web@1', parts: [part('oci', 'pending', 0, 'container \u001b[2J01 uses it')] },
          {
            name: 'web@3',
            parts: [
              part('oci', 'removed'),
              part('disk', 'removed', 231_000_000),
              part('tree', 'shared', 0, 'web@9'),
            ],
          },
        ],
        damaged: [{ message: 'web@7 cannot be read' }],
      },
    },
    NOW,
  );
  assert.equal(lines.slice(2), [
    '! web@1: its container image could not be removed, and the next prune tries again: container 01 uses it',
    '- web@3: its manifest stays, as it is that of web@9 too',
    '! web@7 cannot be read',
    'left by an earlier prune: web@1',
    '✔ 1 image pruned, 231 MB of files freed, 1 removed from the engine (what that frees nobody can say, as its images share layers)',
  ]);
  assert.is(lines[0]?.startsWith('GONE '), true);
});

const REVOKED: RevokedView = {
  image: 'web@7',
  reason: 'CVE-1',
  by: 'alice@b',
  at: '2026-11-22T22:13:00.000Z',
  already: false,
  basedOn: ['app@3', 'app@4'],
  instances: [
    {
      environment: 'prod',
      template: 'web',
      node: 'web-1',
      platform: 'docker',
      image: 'web@7',
      running: true,
    },
    {
      environment: 'prod',
      template: 'web',
      node: 'web-2',
      platform: 'docker',
      image: 'web@7',
      running: false,
    },
    { environment: 'dev', template: 'app', node: 'app-1', platform: 'qemu', image: 'app@4', running: true },
  ],
  silent: [],
  damaged: [],
};

test('a revocation says what runs of it, and what to do', () => {
  assert.equal(revokedLines(REVOKED), [
    '✔ web@7 is revoked: CVE-1',
    'no environment takes it or what is based on it any more; what runs goes on running',
    'what is based on it cannot be launched either: app@3, app@4',
    'ENVIRONMENT  INSTANCE  IMAGE  PLATFORM  STATE',
    'prod         web-1     web@7  docker    runs on',
    'prod         web-2     web@7  docker    has ended',
    'dev          app-1     app@4  qemu      runs on',
    '→ next: mend what it was revoked for, as the same bytes stay revoked, then bake image web, then bake image app, then launch web --env prod, then launch app --env dev',
  ]);
});

test('where nothing of it runs it says so, unless somebody could not be asked', () => {
  const nothing = { ...REVOKED, basedOn: [], instances: [] };
  assert.is(
    revokedLines(nothing).at(-1),
    'nothing of it runs; once it is mended, bake image web makes a new one',
  );
  const silent = [{ platform: 'docker', why: 'no engine', mayRun: true }];
  assert.equal(revokedLines({ ...nothing, silent, damaged: ['app@2'] }).slice(2), [
    '! whether these are based on it nobody knows, as their records are damaged: app@2',
    '! docker cannot be asked what it runs of it: no engine; see launch status once it answers',
    '→ next: mend what it was revoked for, as the same bytes stay revoked, then bake image web',
  ]);
});

test.run();
