import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import * as fc from 'fast-check';
import * as assert from 'uvu/assert';
import { cronSchedule } from '../../../../src/app/schedule/cron.ts';
import { cronJoin } from '../../../../src/app/schedule/cron-quote.ts';
import { nightlyCommand } from '../../../../src/app/schedule/nightly-command.ts';
import { rejects } from '../../../support/rejects.ts';
import { suite } from '../../../support/suite.ts';
import { noCron } from '../../../support/validators.ts';
import { temporaryFolder } from '../../temporary-folder.ts';
import { CHARACTERS, nastyHost } from './nasty.ts';
import { readCronLine } from './read-crontab.ts';

const test = suite('crontab line', { deadline: 30_000 });
const run = promisify(execFile);

const line = (text = '') => text.replace(/\n$/, '');

test(
  'crontab finds nothing wrong with it, and would with another',
  async ({ signal }) => {
    await using host = await nastyHost();
    const [file] = cronSchedule(host.nightly).files;
    const path = join(host.root, 'crontab');
    await writeFile(path, file?.text ?? '');
    await run('crontab', ['-n', path], { signal });
    await writeFile(path, (file?.text ?? '').replace('30 2', '60 2'));
    await rejects(run('crontab', ['-n', path], { signal }), /bad minute/);
  },
  { skip: noCron },
);

test(
  'a command as long as crontab takes is printed, and a longer one refused',
  async ({ signal }) => {
    await using folder = await temporaryFolder();
    await using host = await nastyHost();
    const plain = {
      ...host.nightly,
      program: ['node', 'bake'],
      workspace: '/',
      reports: '/r',
      environment: {},
    };
    const length = (text: string) => Buffer.byteLength(line(text)) - '30 2 * * * '.length;
    const short = length(cronSchedule(plain).files[0]?.text ?? '');
    const longest = { ...plain, program: ['node', `bake${'é'.repeat(2)}${'x'.repeat(998 - short - 4 - 2)}`] };
    const text = cronSchedule(longest).files[0]?.text ?? '';
    assert.is(length(text), 998);
    await writeFile(join(folder.path, 'crontab'), text);
    await run('crontab', ['-n', join(folder.path, 'crontab')], { signal });
    await writeFile(join(folder.path, 'crontab'), text.replace('node', 'node '));
    await rejects(run('crontab', ['-n', join(folder.path, 'crontab')], { signal }), /command too long/);
    const fault = await rejects(() => cronSchedule({ ...longest, workspace: '/a' }), {
      code: 'USAGE',
    });
    assert.match(fault.hint ?? '', 'bake schedule systemd');
  },
  { skip: noCron },
);

for (const collapsing of [false, true]) {
  const kind = collapsing ? 'a cron that makes one backslash of two' : 'a cron that leaves backslashes alone';
  test(`with ${kind}, it runs the bake in the workspace and logs what is said`, async ({ signal }) => {
    await using host = await nastyHost();
    const { nightly } = host;
    const [file] = cronSchedule({ ...nightly, shard: { index: 1, count: 2 } }).files;
    const { schedule, command, stdin } = readCronLine(line(file?.text), collapsing);
    assert.equal([schedule, stdin], ['30 2 * * *', '']);
    const { stdout, stderr } = await run('/bin/sh', ['-c', command], {
      cwd: host.root,
      env: { HOME: host.root, PATH: '/usr/bin:/bin' },
      signal,
    });
    assert.equal([stdout, stderr], ['', '']);
    const seen = JSON.parse(await readFile(host.record, 'utf8'));
    assert.equal(seen.argv, [
      ...nightlyCommand({ ...nightly, shard: { index: 1, count: 2 } }).slice(2),
      join(nightly.reports, 'kiln-nightly'),
    ]);
    assert.is(seen.cwd, nightly.workspace);
    assert.is(seen.env.KILN_HOME, nightly.environment['KILN_HOME']);
    const log = await readFile(join(nightly.reports, 'kiln-nightly.log'), 'utf8');
    assert.equal(log.split('\n').sort(), ['', 'and said so', 'recorded']);
  });
}

test('after a failure it says so on stdout, which cron mails', async ({ signal }) => {
  await using host = await nastyHost();
  const failing = { ...host.nightly, environment: { ...host.nightly.environment, EXIT: '1' } };
  const { command } = readCronLine(line(cronSchedule(failing).files[0]?.text), false);
  const { stdout } = await run('/bin/sh', ['-c', command], { cwd: host.root, env: {}, signal });
  assert.is(stdout, `kiln-nightly failed, see ${host.nightly.reports}/kiln-nightly.log\n`);
});

test('root’s line starts a private engine first, and bakes also where that fails', async ({ signal }) => {
  await using host = await nastyHost();
  const started = join(host.root, 'started');
  const engine = join(host.root, "an engine's");
  await writeFile(engine, `#!/bin/sh\necho "$1" >'${started}'\nexit 1\n`, { mode: 0o755 });
  const { command } = readCronLine(line(cronSchedule({ ...host.nightly, engine }).files[0]?.text), false);
  await run('/bin/sh', ['-c', command], { cwd: host.root, env: {}, signal });
  assert.is(await readFile(started, 'utf8'), 'start\n');
  assert.is(JSON.parse(await readFile(host.record, 'utf8')).argv[0], 'nightly');
  const users = cronSchedule({ ...host.nightly, engine, root: false }).files[0]?.text ?? '';
  assert.not.match(users, 'start');
});

test('it is added to the crontab that there is', async () => {
  await using host = await nastyHost();
  assert.equal(cronSchedule(host.nightly).install('/srv/a b'), [
    "(crontab -l 2>/dev/null; cat '/srv/a b/kiln-nightly.cron') | crontab -",
  ]);
});

test('whatever words are made of, both kinds of cron and a shell read these words', async () => {
  const word = fc.array(fc.constantFrom(...CHARACTERS, '\\', '%', '\\'), { maxLength: 12 });
  const words = fc.sample(
    word.map((all) => all.join('')),
    400,
  );
  for (const collapsing of [false, true]) {
    const { command, stdin } = readCronLine(`* * * * * printf '\\%s\\n' ${cronJoin(words)}`, collapsing);
    assert.is(stdin, '');
    const { stdout } = await run('/bin/sh', ['-c', command]);
    assert.equal(stdout.split('\n').slice(0, -1), words);
  }
});

test.run();
