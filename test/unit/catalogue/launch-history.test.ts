import { execFile } from 'node:child_process';
import { appendFile, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import * as assert from 'uvu/assert';
import type { LaunchBegin, LaunchEnd } from '../../../src/catalogue/launch-entry.ts';
import { LAUNCH_END_KIND, LAUNCH_KIND } from '../../../src/catalogue/launch-entry.ts';
import { openLaunchHistory } from '../../../src/catalogue/launch-history.ts';
import { digestOf } from '../../../src/core/digest.ts';
import { operator } from '../../../src/core/operator.ts';
import { concealText } from '../../../src/core/redaction.ts';
import { rejects } from '../../support/rejects.ts';
import { suite } from '../../support/suite.ts';
import { temporaryHome } from './sample-record.ts';

const test = suite('launch history');

function launchOf(changes: Partial<LaunchBegin> = {}): Omit<LaunchBegin, 'at' | 'by'> {
  return {
    launch: '3h2k-1',
    environment: 'prod',
    action: 'launch',
    template: 'web',
    image: 'web@7',
    digest: digestOf('seven'),
    ...changes,
  };
}

const HEALTHY: Omit<LaunchEnd, 'at'> = { result: 'healthy', ms: 900, instances: ['web-1', 'web-2'] };
const fileOf = (home: string) => join(home, 'launches/prod.jsonl');

test('a launch is told with what it began as, what it came to, who and when', async () => {
  await using home = await temporaryHome();
  const times = ['2026-11-22T22:00:00.000Z', '2026-11-22T22:00:01.000Z'].map((text) => new Date(text));
  const history = openLaunchHistory(home.path, () => times.shift() ?? new Date(0));
  const begun = launchOf({
    platform: 'qemu',
    previous: 'web@6',
    reason: 'outage',
    overridden: ['it is old'],
    secrets: { revision: 3, modified: '2026-11-23T10:00:00Z' },
  });
  const launch = await history.begin(begun);
  await launch.end({ ...HEALTHY, code: 'NONE', message: 'fine' });
  assert.equal(await history.read('prod'), {
    launches: [
      {
        kind: LAUNCH_KIND,
        ...begun,
        at: '2026-11-22T22:00:00.000Z',
        by: operator(),
        ended: '2026-11-22T22:00:01.000Z',
        ...HEALTHY,
        code: 'NONE',
        message: 'fine',
      },
    ],
    damaged: 0,
  });
});

test('where nothing was launched, nothing is told and no file is made', async () => {
  await using home = await temporaryHome();
  const history = openLaunchHistory(home.path);
  assert.equal(await history.read('prod'), { launches: [], damaged: 0 });
  assert.is(await history.newestSecrets('prod'), undefined);
  assert.is(await history.lastHealthy('prod', 'web'), undefined);
  assert.not.ok(await history.wasHealthy('prod', digestOf('seven')));
  assert.is(await history.previousHealthy('prod', 'web', digestOf('seven')), undefined);
  assert.equal(await readdir(home.path), []);
});

test('a launch that was killed is unfinished', async () => {
  await using home = await temporaryHome();
  const history = openLaunchHistory(home.path);
  await history.begin(launchOf());
  const { launches } = await history.read('prod');
  assert.equal(
    launches.map(({ result, instances }) => ({ result, instances })),
    [{ result: 'unfinished', instances: [] }],
  );
});

test('images that are launched at once under one id have their own ends', async () => {
  await using home = await temporaryHome();
  const history = openLaunchHistory(home.path);
  const web = await history.begin(launchOf());
  const app = await history.begin(launchOf({ template: 'app', image: 'app@2' }));
  await app.end({ ...HEALTHY, result: 'failed' });
  await web.end(HEALTHY);
  const { launches } = await history.read('prod');
  assert.equal(
    launches.map(({ image, result }) => [image, result]),
    [
      ['web@7', 'healthy'],
      ['app@2', 'failed'],
    ],
  );
});

test('each environment has its own', async () => {
  await using home = await temporaryHome();
  const history = openLaunchHistory(home.path);
  await (await history.begin(launchOf())).end(HEALTHY);
  assert.ok(await history.wasHealthy('prod', digestOf('seven')));
  assert.not.ok(await history.wasHealthy('staging', digestOf('seven')));
  assert.equal(await readdir(join(home.path, 'launches')), ['prod.jsonl']);
});

for (const environment of ['../prod', 'a/b', '', '.', '..', '-x', 'pro d'])
  test(`an environment called ${JSON.stringify(environment)} leads nowhere`, async () => {
    await using home = await temporaryHome();
    const history = openLaunchHistory(home.path);
    await rejects(history.begin(launchOf({ environment })), { code: 'USAGE' });
    await rejects(history.read(environment), { code: 'USAGE' });
    assert.equal(await readdir(home.path), []);
  });

test('a line that a crash tore stays, and the next one begins on a line of its own', async () => {
  await using home = await temporaryHome();
  const history = openLaunchHistory(home.path);
  await (await history.begin(launchOf())).end(HEALTHY);
  const torn = '{"kind":"kiln.launch/v1","launch":"3h2k-2","te';
  await appendFile(fileOf(home.path), torn);
  const before = await history.read('prod');
  assert.equal([before.launches.length, before.damaged], [1, 1]);

  await (await history.begin(launchOf({ launch: '3h2k-3' }))).end(HEALTHY);
  const { launches, damaged } = await history.read('prod');
  assert.equal(
    launches.map(({ launch, result }) => [launch, result]),
    [
      ['3h2k-1', 'healthy'],
      ['3h2k-3', 'healthy'],
    ],
  );
  assert.is(damaged, 1);
  const lines = (await readFile(fileOf(home.path), 'utf8')).split('\n');
  assert.is(lines[2], torn);
  assert.is(lines.length, 6);
});

const BEGIN = { kind: LAUNCH_KIND, ...launchOf(), at: '2026-11-22T22:00:00.000Z', by: 'a@b' };
const END = {
  kind: LAUNCH_END_KIND,
  launch: '3h2k-1',
  template: 'web',
  at: '2026-11-22T22:00:00.000Z',
  ...HEALTHY,
};

const DAMAGES: readonly [string, string][] = [
  ['is no JSON', 'launched web'],
  ['is null', 'null'],
  ['is a list', '[]'],
  ['is a text', '"kiln.launch/v1"'],
  ['is of a later format', JSON.stringify({ ...BEGIN, kind: 'kiln.launch/v2' })],
  ['lacks its digest', JSON.stringify({ ...BEGIN, digest: undefined })],
  ['has a number for its image', JSON.stringify({ ...BEGIN, image: 7 })],
  ['has an action that nobody knows', JSON.stringify({ ...BEGIN, action: 'explode' })],
  ['has a reason that is no text', JSON.stringify({ ...BEGIN, reason: {} })],
  ['has overrides that are no texts', JSON.stringify({ ...BEGIN, overridden: [1] })],
  ['has a broken revision', JSON.stringify({ ...BEGIN, secrets: { revision: '3' } })],
  ['ends in a way that nobody knows', JSON.stringify({ ...END, result: 'perhaps' })],
  ['ends without its time', JSON.stringify({ ...END, ms: null })],
  ['ends with instances that are none', JSON.stringify({ ...END, instances: 'web-1' })],
  ['has bytes that are no text', '{"kind":"kiln.launch/v1",\u0000\ufffd'],
];

for (const [what, line] of DAMAGES)
  test(`a line that ${what} is counted, kept and passed over`, async () => {
    await using home = await temporaryHome();
    const history = openLaunchHistory(home.path);
    await history.begin(launchOf({ launch: 'before' }));
    await appendFile(fileOf(home.path), `${line}\n`);
    await (await history.begin(launchOf({ launch: 'after' }))).end(HEALTHY);
    const { launches, damaged } = await history.read('prod');
    assert.equal(
      launches.map(({ launch, result }) => [launch, result]),
      [
        ['before', 'unfinished'],
        ['after', 'healthy'],
      ],
    );
    assert.is(damaged, 1);
    assert.ok((await readFile(fileOf(home.path), 'utf8')).includes(line));
  });

test('an end whose beginning is damaged belongs to nothing', async () => {
  await using home = await temporaryHome();
  await mkdir(join(home.path, 'launches'));
  await writeFile(fileOf(home.path), `{"kind":"kiln.lau\n${JSON.stringify(END)}\n`);
  assert.equal(await openLaunchHistory(home.path).read('prod'), { launches: [], damaged: 1 });
});

test('no secret is written, whatever people and programs say; names stay what they are', async () => {
  await using home = await temporaryHome();
  concealText('hunter2-of-prod');
  const history = openLaunchHistory(home.path);
  const reason = 'the password is hunter2-of-prod';
  const overridden = ['it has hunter2-of-prod in it'];
  const launch = await history.begin(launchOf({ reason, overridden }));
  await launch.end({
    ...HEALTHY,
    result: 'failed',
    message: `said ${Buffer.from('hunter2-of-prod').toString('base64')}`,
  });
  const text = await readFile(fileOf(home.path), 'utf8');
  assert.not.match(text, 'hunter2');
  assert.not.match(text, Buffer.from('hunter2-of-prod').toString('base64').slice(0, 16));
  const [entry] = (await history.read('prod')).launches;
  assert.is(entry?.reason, 'the password is [secret]');
  assert.equal(entry?.overridden, ['it has [secret] in it']);
  assert.match(entry?.message ?? '', '[secret]');
  assert.is(entry?.image, 'web@7');
});

test('texts with line breaks stay on one line', async () => {
  await using home = await temporaryHome();
  const history = openLaunchHistory(home.path);
  await history.begin(launchOf({ reason: 'one\ntwo\r\nthree\u2028four' }));
  assert.is((await readFile(fileOf(home.path), 'utf8')).split('\n').length, 2);
  assert.is((await history.read('prod')).launches[0]?.reason, 'one\ntwo\r\nthree\u2028four');
});

test(
  'four processes that write fifty launches each lose and mix none',
  async () => {
    await using home = await temporaryHome();
    const script = join(import.meta.dirname, 'launch-many.ts');
    const argv = ['--import', 'tsx', script, home.path, '50'];
    await Promise.all(Array.from({ length: 4 }, () => promisify(execFile)(process.execPath, argv)));
    const { launches, damaged } = await openLaunchHistory(home.path).read('prod');
    assert.is(damaged, 0);
    assert.is(new Set(launches.map(({ launch }) => launch)).size, 200);
    assert.ok(launches.every(({ result }) => result === 'healthy'));
  },
  { deadline: 60_000 },
);

test(
  'a hundred thousand lines give the right answers',
  async () => {
    await using home = await temporaryHome();
    await mkdir(join(home.path, 'launches'));
    const lines = Array.from({ length: 50_000 }, (_, index) => {
      const launch = `3h2k9x4p-${index}`;
      const image = { image: `web@${index + 1}`, digest: digestOf(String(index)), previous: `web@${index}` };
      return `${JSON.stringify({ ...BEGIN, launch, ...image, secrets: { revision: index } })}\n${JSON.stringify({ ...END, launch })}\n`;
    });
    await writeFile(fileOf(home.path), lines.join(''));
    const history = openLaunchHistory(home.path);
    const last = digestOf('49999');
    const questions: readonly [string, () => Promise<unknown>, unknown][] = [
      ['lastHealthy', async () => (await history.lastHealthy('prod', 'web'))?.image, 'web@50000'],
      ['wasHealthy', () => history.wasHealthy('prod', last), true],
      [
        'previousHealthy',
        async () => (await history.previousHealthy('prod', 'web', last))?.image,
        'web@49999',
      ],
      ['newestSecrets', () => history.newestSecrets('prod'), { revision: 49_999 }],
    ];
    for (const [name, ask, answer] of questions) {
      assert.equal(await ask(), answer, name);
    }
  },
  { deadline: 60_000 },
);

test('the environments are those that something was launched in', async () => {
  await using home = await temporaryHome();
  const history = openLaunchHistory(home.path);
  assert.equal(await history.environments(), []);
  for (const environment of ['prod', 'dev']) await history.begin(launchOf({ environment }));
  for (const other of ['prod.lock', 'notes.txt', '-x.jsonl'])
    await writeFile(join(home.path, 'launches', other), '');
  assert.equal(await history.environments(), ['dev', 'prod']);
});

test('only those who may write a folder of ours may write it, and everybody may read it', async () => {
  await using home = await temporaryHome();
  await openLaunchHistory(home.path).begin(launchOf());
  assert.is((await stat(fileOf(home.path))).mode & 0o022, 0);
});

test('a history that cannot be written is no reason to go on without', async () => {
  await using home = await temporaryHome();
  await mkdir(fileOf(home.path), { recursive: true });
  await rejects(openLaunchHistory(home.path).begin(launchOf()), /EISDIR/);
});

test.run();
