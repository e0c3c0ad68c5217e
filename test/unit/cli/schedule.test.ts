import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { suite } from '../../support/suite.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { runCli } from './run-cli.ts';

const test = suite('bake schedule', { deadline: 60_000 });

async function world() {
  const folder = await temporaryFolder();
  const workspace = join(folder.path, 'images');
  await mkdir(join(workspace, 'templates'), { recursive: true });
  const bake = (...args: string[]) =>
    runCli('src/cli/bake.ts', ['--workspace', workspace, 'schedule', ...args], { KILN_HOME: folder.path });
  return { ...folder, workspace, bake, [Symbol.asyncDispose]: folder[Symbol.asyncDispose] };
}

test('it prints what can be saved as it is, and several files each under its name', async () => {
  await using here = await world();
  const [cron, systemd] = await Promise.all([here.bake('cron', '--at', '04:05'), here.bake('systemd')]);
  assert.equal([cron.code, cron.stderr], [0, '']);
  assert.match(cron.stdout, /^5 4 \* \* \* r=[^\n]+\n$/);
  assert.match(cron.stdout, `cd ${here.workspace} && `);
  assert.match(cron.stdout, '/dist/cli/bake.js nightly ');
  assert.equal(systemd.stdout.match(/^# kiln-nightly\.(?:service|timer)$/gm), [
    '# kiln-nightly.service',
    '# kiln-nightly.timer',
  ]);
  assert.match(systemd.stdout, `WorkingDirectory=${here.workspace}\n`);
});

test('with --json it answers with the files and what installs them', async () => {
  await using here = await world();
  const { code, stdout } = await here.bake('kubernetes', '--image', 'a/b', '--name', 'mine', '--json');
  assert.is(code, 0);
  const { kind, files, install } = JSON.parse(stdout);
  assert.equal([kind, files.length, files[0].name], ['kubernetes', 1, 'mine.yaml']);
  assert.match(files[0].text, 'kind: CronJob\n');
  assert.equal(install, ['kubectl apply -f mine.yaml']);
});

test('with -o it saves the files, makes the folders, and prints the commands', async () => {
  await using here = await world();
  const folder = join(here.path, 'a b');
  const { code, stdout } = await here.bake('github', '--shards', '2', '-o', folder);
  assert.is(code, 0);
  assert.match(stdout, `git add '${folder}/.github/workflows/kiln-nightly.yml'\n`);
  const text = await readFile(join(folder, '.github/workflows/kiln-nightly.yml'), 'utf8');
  assert.match(text, "shard: ['1/2', '2/2']\n");
});

test('it writes over no file, and then none at all, unless --force says so', async () => {
  await using here = await world();
  const folder = join(here.path, 'units');
  await mkdir(folder);
  await writeFile(join(folder, 'kiln-nightly.timer'), 'mine\n');
  const refused = await here.bake('systemd', '-o', folder);
  assert.is(refused.code, 2);
  assert.match(refused.stderr, 'kiln-nightly.timer is there already');
  assert.equal(await readdir(folder), ['kiln-nightly.timer']);
  assert.is(await readFile(join(folder, 'kiln-nightly.timer'), 'utf8'), 'mine\n');
  const forced = await here.bake('systemd', '-o', folder, '--force');
  assert.equal([forced.code, forced.stderr], [0, '']);
  assert.match(await readFile(join(folder, 'kiln-nightly.timer'), 'utf8'), 'OnCalendar=');
  assert.equal((await readdir(folder)).sort(), ['kiln-nightly.service', 'kiln-nightly.timer']);
});

test('a folder that cannot be made is told, and nothing is waited for', async () => {
  await using here = await world();
  await writeFile(join(here.path, 'file'), '');
  for (const folder of [join(here.path, 'file'), join(here.path, 'file/units'), '/proc/units']) {
    const { code, stdout, stderr } = await here.bake('systemd', '-o', folder);
    assert.equal([code, stdout], [2, ''], stderr);
    assert.match(stderr, `✗ no schedule can be written to ${folder}: `);
    assert.match(stderr, 'hint: Name with -o a folder that you may write to');
  }
});

test('a kind, a time and a count that are none exit 2', async () => {
  await using here = await world();
  for (const [args, message] of [
    [['anacron'], /Allowed choices are systemd, cron, github, gitlab, kubernetes\./],
    [['cron', '--at', '25:00'], /no time of day/],
    [['github', '--shards', '0'], /A whole number from 1/],
    [['kubernetes'], /which image do the pods run\?\n {2}hint: .*--image/],
  ] as const) {
    const { code, stdout, stderr } = await here.bake(...args);
    assert.equal([code, stdout], [2, '']);
    assert.match(stderr, message);
  }
});

test.run();
