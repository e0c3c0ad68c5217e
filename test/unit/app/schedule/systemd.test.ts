import { execFile } from 'node:child_process';
import { mkdir, readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import * as fc from 'fast-check';
import * as assert from 'uvu/assert';
import { nightlyCommand } from '../../../../src/app/schedule/nightly-command.ts';
import { systemdSchedule } from '../../../../src/app/schedule/systemd.ts';
import { systemdCommand, systemdFolder, systemdQuote } from '../../../../src/app/schedule/systemd-quote.ts';
import { rejects } from '../../../support/rejects.ts';
import { suite } from '../../../support/suite.ts';
import { noSystemd } from '../../../support/validators.ts';
import { temporaryFolder } from '../../temporary-folder.ts';
import { CHARACTERS, NASTY, nastyHost } from './nasty.ts';
import { readUnit, writeUnits } from './read-units.ts';

const test = suite('systemd units', { deadline: 30_000 });
const run = promisify(execFile);
const needs = { skip: noSystemd };

test(
  'systemd-analyze finds nothing wrong with them, and runs them at that time',
  async ({ signal }) => {
    await using host = await nastyHost();
    const engine = join(host.root, 'bin', NASTY, 'bake.cjs');
    const { files } = systemdSchedule({ ...host.nightly, engine });
    const paths = await writeUnits(host.root, files);
    const { stderr } = await run('systemd-analyze', ['verify', ...paths], { signal });
    assert.is(stderr, '');
    const [, at = ''] = /^OnCalendar=(.*)$/m.exec(files[1]?.text ?? '') ?? [];
    const { stdout } = await run('systemd-analyze', ['calendar', at], { signal });
    assert.match(stdout, /Normalized form: \*-\*-\* 02:30:00\n/);
  },
  needs,
);

test(
  'systemd-analyze would find a word of them that it does not know',
  async ({ signal }) => {
    await using host = await nastyHost();
    const [service] = systemdSchedule(host.nightly).files;
    const text = service?.text.replace('Type=oneshot', 'Type=onceshot\nWorkingDir=/') ?? '';
    const paths = await writeUnits(host.root, [{ name: 'kiln-nightly.service', text }]);
    const { stderr } = await run('systemd-analyze', ['verify', ...paths], { signal });
    assert.match(stderr, 'onceshot');
    assert.match(stderr, /Unknown key (?:name )?'WorkingDir'/);
  },
  needs,
);

test(
  'systemd reads the very folder, variables and words, whatever is in them',
  async ({ signal }) => {
    await using host = await nastyHost();
    const engine = join(host.root, NASTY, 'scripts/engine');
    const nightly = { ...host.nightly, engine, shard: { index: 2, count: 3 } };
    await writeUnits(host.root, systemdSchedule(nightly).files);
    const { settings, commands } = await readUnit(host.root, 'kiln-nightly.service', signal);
    assert.equal(settings.get('WorkingDirectory'), [nightly.workspace]);
    const variables = Object.entries(nightly.environment).map(([name, value]) => `${name}=${value}`);
    assert.equal(settings.get('Environment'), variables);
    assert.equal(commands, [
      ['/usr/bin/env', engine, 'start'],
      [
        process.execPath,
        nightly.program[1],
        'nightly',
        '--shard',
        '2/3',
        '--progress',
        'plain',
        '--report',
        join(nightly.reports, nightly.name),
      ],
    ]);
    assert.equal(settings.get('KillMode'), ['process']);
    assert.equal(settings.get('TimeoutStartSec'), ['infinity']);
  },
  needs,
);

test(
  'what systemd reads starts the bake in the workspace',
  async ({ signal }) => {
    await using host = await nastyHost();
    await writeUnits(host.root, systemdSchedule(host.nightly).files);
    const { settings, commands } = await readUnit(host.root, 'kiln-nightly.service', signal);
    const [program = '', ...argv] = commands[0] ?? [];
    const env = (settings.get('Environment') ?? []).map((line) => /^([^=]*)=(.*)$/s.exec(line)?.slice(1));
    const [cwd = ''] = settings.get('WorkingDirectory') ?? [];
    await run(program, argv, { cwd, env: Object.fromEntries(env as [string, string][]), signal });
    const seen = JSON.parse(await readFile(host.record, 'utf8'));
    assert.equal(seen.argv, [
      ...nightlyCommand(host.nightly).slice(2),
      join(host.nightly.reports, 'kiln-nightly'),
    ]);
    assert.is(seen.cwd, host.nightly.workspace);
    assert.is(seen.env.KILN_HOME, host.nightly.environment['KILN_HOME']);
  },
  needs,
);

test(
  'whatever a word is made of, systemd reads that word',
  async ({ signal }) => {
    await using folder = await temporaryFolder();
    const word = fc.array(fc.constantFrom(...CHARACTERS), { maxLength: 12 }).map((all) => all.join(''));
    // systemd prints a # at the beginning of a word as it is, where our reader would see a comment
    const words = fc.sample(word, 400).filter((all) => !all.startsWith('#'));
    const text = `[Service]\nType=oneshot\nExecStart=:/bin/true ${words.map(systemdQuote).join(' ')}\n`;
    await writeUnits(folder.path, [{ name: 'words.service', text }]);
    const { commands } = await readUnit(folder.path, 'words.service', signal);
    assert.equal(commands[0]?.slice(1), words);
  },
  needs,
);

test(
  'a program with a quote in its path, which systemd refuses, is started all the same',
  async ({ signal }) => {
    await using folder = await temporaryFolder();
    const program = join(folder.path, `it's "here" \\`, 'true');
    await mkdir(join(program, '..'));
    await symlink('/bin/true', program);
    const unit = (command: string) => `[Service]\nType=oneshot\nExecStart=:${command}\n`;
    const verify = async (text: string) => {
      const paths = await writeUnits(folder.path, [{ name: 'it.service', text }]);
      return await run('systemd-analyze', ['verify', ...paths], { signal });
    };
    await rejects(verify(unit(systemdQuote(program))), /special characters/);
    assert.is((await verify(unit(systemdCommand([program])))).stderr, '');
  },
  needs,
);

test('no command has its variables replaced by systemd', async () => {
  await using host = await nastyHost();
  const [service] = systemdSchedule({ ...host.nightly, engine: '/opt/$HOME' }).files;
  assert.equal(service?.text.match(/^Exec\w+=-?./gm), ['ExecStartPre=-:', 'ExecStart=:']);
});

test('a folder that ends with a blank or a backslash keeps it', () => {
  assert.is(systemdFolder('/a '), '/a /.');
  assert.is(systemdFolder('/a\\'), '/a\\/.');
  assert.is(systemdFolder('/a%b c'), '/a%%b c');
});

test('root installs units of the system, with a home, and starts a private engine before', async () => {
  await using host = await nastyHost();
  const schedule = systemdSchedule({ ...host.nightly, engine: '/opt/kiln/scripts/engine' });
  const [service] = schedule.files;
  assert.match(service?.text ?? '', '\nExecStartPre=-:/opt/kiln/scripts/engine start\n');
  assert.match(service?.text ?? '', '\nAfter=network-online.target docker.service\n');
  assert.equal(schedule.install('/srv/a b'), [
    "install -D -m 644 -t /etc/systemd/system '/srv/a b/kiln-nightly.service' '/srv/a b/kiln-nightly.timer'",
    'systemctl daemon-reload',
    'systemctl enable --now kiln-nightly.timer',
  ]);
  assert.equal(schedule.install('/etc/systemd/system').length, 2);
});

test('another user installs units of their own, which linger, and starts no engine', async () => {
  await using host = await nastyHost();
  const own = { ...host.nightly, root: false, home: '/home/ann', engine: '/opt/kiln/scripts/engine' };
  const schedule = systemdSchedule(own);
  const [service] = schedule.files;
  assert.not.match(service?.text ?? '', 'ExecStartPre');
  assert.match(service?.text ?? '', 'Only root can start a private engine');
  assert.not.match(service?.text ?? '', 'network-online.target');
  assert.equal(schedule.install('/srv'), [
    'install -D -m 644 -t /home/ann/.config/systemd/user /srv/kiln-nightly.service /srv/kiln-nightly.timer',
    'systemctl --user daemon-reload',
    'systemctl --user enable --now kiln-nightly.timer',
    'loginctl enable-linger',
  ]);
});

test.run();
