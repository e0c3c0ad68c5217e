import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { suite } from '../../../support/suite.ts';
import { temporaryHome } from '../../catalogue/sample-record.ts';
import { collectRuns, fakeEngine } from './killed-run.ts';

const test = suite('halves of files that a person has named');

/** Runs a program with a `$KILN_HOME`; it is killed when it would give a file that is whole its name. */
async function killed(home: string, program: string): Promise<void> {
  const text = `
    import fs from 'node:fs/promises';
    import { syncBuiltinESMExports } from 'node:module';
    fs.link = fs.rename = () => process.kill(process.pid, 'SIGKILL');
    syncBuiltinESMExports();
    ${program}`;
  const args = ['--import', import.meta.resolve('tsx'), '--input-type=module', '-e', text];
  const child = spawn(process.execPath, args, { env: { ...process.env, KILN_HOME: home }, stdio: 'inherit' });
  const [, by] = await once(child, 'exit');
  assert.is(by, 'SIGKILL');
}

function importOf(path: string): string {
  return JSON.stringify(new URL(`../../../../src/${path}`, import.meta.url).href);
}

test('the half of a schedule goes, and its folder stays', async ({ signal }) => {
  await using home = await temporaryHome();
  const folder = join(home.path, 'units');
  await killed(
    home.path,
    `const { saveSchedule } = await import(${importOf('app/schedule/save-schedule.ts')});
    const files = [{ name: 'a.timer', text: 'a' }, { name: 'a.service', text: 'a' }];
    await saveSchedule(files, ${JSON.stringify(folder)}, false, new AbortController().signal);`,
  );
  assert.is((await readdir(folder)).length, 2);
  const collected = await collectRuns(home.path, fakeEngine(), signal);
  assert.ok(
    collected.every((line) => line.startsWith('removed ')),
    collected.join('\n'),
  );
  assert.equal([await readdir(folder), await readdir(join(home.path, 'ledger'))], [[], []]);
});

test('the half of a bundle, a report or a file of secrets goes', async ({ signal }) => {
  await using home = await temporaryHome();
  const folder = join(home.path, 'mine');
  await mkdir(folder);
  await killed(
    home.path,
    `process.chdir(${JSON.stringify(folder)});
    const { writeNamedFile } = await import(${importOf('core/named-file.ts')});
    await writeNamedFile('web.tar', ['half'], 'bundle of web');`,
  );
  const [half = ''] = await readdir(folder);
  assert.match(half, /^web\.tar\..*\.tmp$/);
  const collected = await collectRuns(home.path, fakeEngine(), signal);
  assert.is(collected[0], `removed temporary files /mine/${half}`);
  assert.match(collected[1] ?? '', /^removed ledger of the bundle of web /);
  assert.equal([await readdir(folder), await readdir(join(home.path, 'ledger'))], [[], []]);
});

test('one that was written leaves nothing in the ledger', async () => {
  await using home = await temporaryHome();
  const program = `
    process.env.KILN_HOME = ${JSON.stringify(home.path)};
    const { writeNamedFile } = await import(${importOf('core/named-file.ts')});
    await writeNamedFile(${JSON.stringify(join(home.path, 'web.tar'))}, 'whole', 'bundle of web');`;
  const args = ['--import', import.meta.resolve('tsx'), '--input-type=module', '-e', program];
  const [code] = await once(spawn(process.execPath, args, { stdio: 'inherit' }), 'exit');
  assert.is(code, 0);
  assert.equal((await readdir(home.path)).sort(), ['ledger', 'web.tar']);
  assert.equal(await readdir(join(home.path, 'ledger')), []);
});

test.run();
