import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { fleetNightly } from '../../../../src/app/schedule/fleet-nightly.ts';
import { hostNightly, type ScheduleHost } from '../../../../src/app/schedule/host-nightly.ts';
import { parseTimeOfDay } from '../../../../src/app/schedule/time-of-day.ts';
import { type ScheduleRequest, writeSchedule } from '../../../../src/app/schedule/write-schedule.ts';
import { rejects } from '../../../support/rejects.ts';
import { suite } from '../../../support/suite.ts';
import { temporaryFolder } from '../../temporary-folder.ts';

const test = suite('schedule');

const NIGHTLY = { name: 'kiln-nightly', at: { hour: 2, minute: 30 }, workspace: '/srv/images' };
const HOST: ScheduleHost = {
  env: {},
  program: ['/usr/bin/node', '/opt/kiln/bake.js'],
  root: false,
  home: '/home/ann',
  accountHome: '/home/ann',
};
/** kilnHome() and cacheHome() ask the process for the home where no variable says otherwise. */
const HOMES = { KILN_HOME: '/home/ann/.local/share/kiln', XDG_CACHE_HOME: '/home/ann/.cache' };

function environment(env: Record<string, string>, own: Partial<ScheduleHost> = {}) {
  return hostNightly(NIGHTLY, { ...HOST, env: { ...HOMES, ...env }, ...own }).environment;
}

async function workspace() {
  const folder = await temporaryFolder();
  const path = join(folder.path, 'images');
  await mkdir(join(path, 'templates'), { recursive: true });
  const request = (own: Partial<ScheduleRequest> = {}): ScheduleRequest => ({
    kind: 'cron',
    workspace: path,
    at: '02:30',
    name: 'kiln-nightly',
    ...own,
  });
  return { root: folder.path, path, request, [Symbol.asyncDispose]: folder[Symbol.asyncDispose] };
}

test('a time of day has two digits for hours and minutes', () => {
  assert.equal(parseTimeOfDay('00:00'), { hour: 0, minute: 0 });
  assert.equal(parseTimeOfDay('23:59'), { hour: 23, minute: 59 });
});

for (const text of ['24:00', '2:30', '02:60', '0230', '02:30:00', '02.30', 'midnight', '', ' 02:30']) {
  test(`\`${text}\` is no time of day`, async () => {
    const fault = await rejects(() => parseTimeOfDay(text), { code: 'USAGE' });
    assert.match(fault.hint ?? '', '--at 02:30');
  });
}

test('of this environment only what others would lack is carried over', () => {
  const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
  assert.equal(environment({ PATH: '/ann/bin', LANG: 'de', SOPS_AGE_KEY: 'AGE-SECRET-KEY-1' }), {
    PATH: path,
  });
  assert.equal(environment({}, { root: true }), { PATH: path, HOME: '/home/ann' });
  assert.equal(environment({}, { accountHome: '/var/ann' }), { PATH: path, HOME: '/home/ann' });
  assert.equal(environment({}, { program: ['/opt/node/bin/node', 'bake'] }), {
    PATH: `/opt/node/bin:${path}`,
  });
  const own = {
    KILN_HOME: '/srv/kiln',
    XDG_CACHE_HOME: '/srv/cache',
    XDG_CONFIG_HOME: '/srv/config',
    SOPS_AGE_KEY_FILE: '/srv/keys.txt',
    DOCKER_HOST: 'tcp://10.0.0.1:2375',
  };
  assert.equal(environment(own), { PATH: path, ...own });
});

test('the private engine is started and found, not named; one that is named is not started', () => {
  const engine = '/opt/kiln/scripts/engine';
  const ours = { ...HOMES, DOCKER_HOST: `unix://${HOMES.KILN_HOME}/engine/docker.sock` };
  const found = hostNightly(NIGHTLY, { ...HOST, env: ours, engine });
  assert.equal([found.environment['DOCKER_HOST'], found.engine], [undefined, engine]);
  const named = hostNightly(NIGHTLY, { ...HOST, env: { ...HOMES, DOCKER_HOST: 'tcp://e' }, engine });
  assert.equal([named.environment['DOCKER_HOST'], named.engine], ['tcp://e', undefined]);
});

test('the workspace is looked for in the repository that it is in', async () => {
  await using here = await workspace();
  const asked = { ...NIGHTLY, workspace: here.path };
  assert.is((await fleetNightly(asked, 1)).folder, '.');
  await writeFile(join(here.root, '.git'), 'gitdir: elsewhere');
  assert.is((await fleetNightly(asked, 1)).folder, 'images');
  await mkdir(join(here.path, '.git'));
  assert.is((await fleetNightly(asked, 1)).folder, '.');
});

test('only a checkout of Kiln sets itself up by make', async () => {
  await using here = await workspace();
  const asked = { ...NIGHTLY, workspace: here.path };
  await mkdir(join(here.path, 'scripts'));
  await writeFile(join(here.path, 'scripts/engine'), '');
  await writeFile(join(here.path, 'package.json'), '{\n  "name": "other",\n  "kiln": 1\n}');
  assert.is((await fleetNightly(asked, 1)).kiln, false);
  await writeFile(join(here.path, 'package.json'), '{\n  "name": "kiln"\n}');
  assert.is((await fleetNightly(asked, 1)).kiln, true);
  assert.is((await fleetNightly({ ...NIGHTLY, workspace: process.cwd() }, 1)).kiln, true);
});

test('a path with a line break is refused for every kind', async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, 'two\nlines');
  await mkdir(join(path, 'templates'), { recursive: true });
  for (const kind of ['systemd', 'cron', 'github', 'gitlab', 'kubernetes'] as const) {
    const image = kind === 'kubernetes' ? { image: 'a' } : {};
    const request = { kind, workspace: path, at: '02:30', name: 'a', ...image };
    const fault = await rejects(writeSchedule(request, HOST), { code: 'USAGE' });
    assert.match(fault.message, "the workspace's path has a line break");
  }
});

test('so is a program, a variable or a home with one', async () => {
  await using here = await workspace();
  for (const own of [
    { program: ['/usr/bin/node', '/a\nb'] },
    { env: { KILN_HOME: '/a\nb' } },
    { env: { SOPS_AGE_KEY_FILE: '/a\rb' } },
    { root: true, home: '/a\nb' },
    { engine: '/a\nb' },
  ]) {
    await rejects(writeSchedule(here.request(), { ...HOST, ...own }), /line break/);
  }
});

const refused: readonly [what: string, own: Partial<ScheduleRequest>, message: RegExp, hint: RegExp][] = [
  ['a name that is none', { name: 'Kiln nightly' }, /--name Kiln nightly is not a name/, /./],
  ['a name too long for a CronJob', { name: 'a'.repeat(53) }, /longer than 52/, /./],
  ['pods without an image', { kind: 'kubernetes' }, /which image/, /--image/],
  ['an image with a blank', { kind: 'kubernetes', image: 'a b' }, /a b is no image/, /--image/],
  ['an image where no pod runs', { kind: 'github', image: 'a' }, /no meaning for github/, /./],
  ['shards on one machine', { kind: 'systemd', shards: 3 }, /one machine/, /--shard 1\/3/],
  ['one shard of many machines', { kind: 'gitlab', shard: '1/3' }, /every machine/, /--shards 3/],
  ['a shard that is none', { kind: 'cron', shard: '4/3' }, /no shard/, /1\/3/],
];
for (const [what, own, message, hint] of refused) {
  test(`${what}: refused, with what to say instead`, async () => {
    await using here = await workspace();
    const fault = await rejects(writeSchedule(here.request(own), HOST), message);
    assert.is(fault.code, 'USAGE');
    assert.match(fault.hint ?? '', hint);
  });
}

test('outside of a workspace there is nothing to schedule', async () => {
  await using folder = await temporaryFolder();
  const request = { kind: 'cron', workspace: folder.path, at: '02:30', name: 'a' } as const;
  await rejects(writeSchedule(request, HOST), { code: 'WORKSPACE_NOT_FOUND' });
});

test.run();
