import * as assert from 'uvu/assert';
import { formatAge } from '../../../src/ui/age.ts';
import { historyLines } from '../../../src/ui/history-lines.ts';
import { type LaunchView, launchLines } from '../../../src/ui/launch-lines.ts';
import { portsText } from '../../../src/ui/ports-text.ts';
import { statusLines } from '../../../src/ui/status-lines.ts';
import { suite } from '../../support/suite.ts';

const test = suite('what launching shows');

const DIGEST = `sha256:${'0bb676d62fa7'.padEnd(64, '0')}`;
const PORT = { hostPort: 8083, port: 8080, protocol: 'tcp' };

const LAUNCHED: LaunchView = {
  environment: 'prod',
  template: 'app',
  record: { name: 'app@3', digest: DIGEST },
  reason: 'staging runs it',
  previous: 'app@2',
  overridden: [],
  places: [
    { node: 'app-1', state: 'launched', why: 'it ran app@2', publish: [PORT], ms: 9812 },
    { node: 'app-2', state: 'unchanged', publish: [] },
  ],
};

test('an image that was launched is one line, and one for each instance under it', () => {
  assert.equal(launchLines([LAUNCHED]), [
    '✔ prod  app@3  sha256:0bb676d62fa7…  staging runs it, app@2 before',
    '  app-1  launched  8083→8080  9.8 s  (it ran app@2)',
    '  app-2  unchanged',
  ]);
});

test('what was overridden stands under the image', () => {
  const [, line] = launchLines([{ ...LAUNCHED, overridden: ['web@7 is older than 30d'] }]);
  assert.is(line, '  overridden: web@7 is older than 30d');
});

test('an image that failed halfway shows what was done, and one that failed before shows nothing', () => {
  const failure = {};
  assert.match(launchLines([{ ...LAUNCHED, failure }])[0] ?? '', /^✗ prod {2}app@3/);
  assert.equal(launchLines([{ ...LAUNCHED, places: [], failure }]), []);
});

test('a template that is declared no more is named without an image', () => {
  const places = [
    { node: 'old-1', state: 'removed', why: 'prod declares old no more', publish: [] },
  ] as const;
  assert.equal(launchLines([{ environment: 'prod', template: 'old', overridden: [], places }]), [
    '✔ prod  old',
    '  old-1  removed  (prod declares old no more)',
  ]);
});

test('ports are shown with their address and protocol only where these are not the usual ones', () => {
  assert.is(
    portsText([PORT, { host: '127.0.0.1', hostPort: 53, port: 53, protocol: 'udp' }]),
    '8083→8080, 127.0.0.1:53→53/udp',
  );
  assert.is(portsText([{ ...PORT, host: '::1' }]), '[::1]:8083→8080');
  assert.is(portsText([]), '');
});

test('status is a table, then what is wrong or only to be known, then what waits', () => {
  const now = new Date('2026-11-24T12:00:00Z');
  const instance = {
    environment: 'prod',
    node: 'app-1',
    image: 'app@3',
    digest: DIGEST,
    platform: 'docker',
    form: `sha256:${'f'.repeat(64)}`,
    startedAt: '2026-11-24T09:00:00Z',
    publish: [PORT],
    health: 'unhealthy',
    drift: 'yes',
    why: ['service app', '1 path differs from the image'],
    notes: ['app@3 was baked with --no-verify'],
  };
  const next = [
    { environment: 'prod', template: 'app', image: 'app@4', state: 'waiting' },
    {
      environment: 'prod',
      template: 'web',
      state: 'refused',
      why: 'web may not go to prod: staging runs no web',
    },
    { environment: 'dev', template: 'app', image: 'app@4', state: 'current' },
  ] as const;
  assert.equal(
    statusLines(
      {
        instances: [instance],
        next,
        broken: [{ environment: 'qa', why: '1 problem in environments/qa/environment.yaml' }],
      },
      { now },
    ),
    [
      'ENVIRONMENT  INSTANCE  IMAGE  DIGEST        PLATFORM  FORM          AGE  PORTS      HEALTH     DRIFT',
      'prod         app-1     app@3  0bb676d62fa7  docker    ffffffffffff  3 h  8083→8080  unhealthy  yes',
      '✗ prod app-1: service app',
      '✗ prod app-1: 1 path differs from the image',
      '! prod app-1: app@3 was baked with --no-verify',
      '→ prod: app@4 waits; launch app --env prod',
      '→ prod: web may not go to prod: staging runs no web',
      '✗ qa: 1 problem in environments/qa/environment.yaml; bake lint shows them',
    ],
  );
  assert.equal(statusLines({ instances: [], next: [], broken: [] }, { now }), ['nothing runs']);
  const cloud = { id: 'i-0123456789abcdef0', address: '203.0.113.7' };
  const away = { ...instance, platform: 'ec2', publish: [], cloud, why: [], notes: [] };
  assert.equal(
    statusLines(
      { instances: [away, { ...away, node: 'app-2', cloud: { id: 'i-1' } }], next: [], broken: [] },
      { now },
    ),
    [
      'ENVIRONMENT  INSTANCE  IMAGE  DIGEST        PLATFORM  FORM          AGE  PORTS  AT                               HEALTH     DRIFT',
      'prod         app-1     app@3  0bb676d62fa7  ec2       ffffffffffff  3 h         i-0123456789abcdef0 203.0.113.7  unhealthy  yes',
      'prod         app-2     app@3  0bb676d62fa7  ec2       ffffffffffff  3 h         i-1                              unhealthy  yes',
    ],
  );
});

test('an age is in its largest unit', () => {
  const now = new Date('2026-11-24T12:00:00Z');
  const ages = [
    '2026-11-24T12:00:00Z',
    '2026-11-24T11:59:01Z',
    '2026-11-24T11:30:00Z',
    '2026-11-21T11:00:00Z',
    '2027-01-01T00:00:00Z',
  ];
  assert.equal(
    ages.map((iso) => formatAge(iso, now)),
    ['0 s', '59 s', '30 min', '3 d', '0 s'],
  );
});

test('history shows who, what and when, and under it why something was overridden or how it failed', () => {
  const launch = {
    at: '2026-11-24T12:00:00.123Z',
    by: 'alice@build',
    action: 'launch',
    image: 'app@3',
    previous: 'app@2',
    overridden: ['app@3 was never healthy in staging'],
    reason: 'hotfix',
    result: 'failed',
    message: 'app-1 is not healthy: service app',
    ms: 9800,
  };
  assert.equal(historyLines({ launches: [launch], damaged: 1 }), [
    'WHEN                  WHO          WHAT    IMAGE  BEFORE  RESULT  TOOK',
    '2026-11-24 12:00:00Z  alice@build  launch  app@3  app@2   failed  9.8 s',
    '    overridden: app@3 was never healthy in staging',
    '    because: hotfix',
    '    app-1 is not healthy: service app',
    '✗ 1 line of it cannot be read',
  ]);
  assert.equal(historyLines({ launches: [], damaged: 0 }), ['nothing was launched here yet']);
});

test.run();
