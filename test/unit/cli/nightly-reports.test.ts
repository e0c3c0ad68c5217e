import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { openReports } from '../../../src/cli/bake-verbs/nightly-reports.ts';
import { concealedUntilDisposed, concealText } from '../../../src/core/redaction.ts';
import { suite } from '../../support/suite.ts';
import { withVariables } from '../secrets/samples.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { runCli } from './run-cli.ts';

const test = suite('the files of a nightly report', { deadline: 60_000 });

test('a secret is in none of them, however each is escaped', async () => {
  await using folder = await temporaryFolder();
  await using home = await temporaryFolder();
  using _ = concealedUntilDisposed();
  using _home = withVariables({ KILN_HOME: home.path });
  const secret = `hunter"2<|>&'_*x`;
  concealText(secret);
  const error = { code: 'CHECK_FAILED', message: `it said ${secret}`, details: [`and ${secret} again`] };
  const reports = await openReports(folder.path);
  await reports.write({
    started: '2026-11-26T02:00:00.000Z',
    ms: 1000,
    jobs: 1,
    templates: [{ template: 'web', state: 'failed', ms: 1000, error }],
  });
  assert.equal(await readdir(join(home.path, 'ledger')), []);
  const names = (await readdir(folder.path)).sort();
  assert.equal(names, ['junit.xml', 'report.html', 'report.json', 'report.md']);
  for (const name of names) {
    const text = await readFile(join(folder.path, name), 'utf8');
    assert.match(text, 'it said', name);
    assert.not.match(text, 'hunter', name);
  }
});

test('what cannot be written is told besides the answer, and the other files are written', async () => {
  await using folder = await temporaryFolder();
  const workspace = join(folder.path, 'images');
  await mkdir(join(workspace, 'templates'), { recursive: true });
  await writeFile(join(workspace, 'templates/web.yaml'), 'name: web\nbase: nothing\n');
  const report = join(folder.path, 'a/report');
  await mkdir(join(report, 'report.md'), { recursive: true });
  const bake = (path: string) =>
    runCli('src/cli/bake.ts', ['--workspace', workspace, 'nightly', '--report', path], {
      KILN_HOME: join(folder.path, 'home'),
      DOCKER_HOST: `unix://${folder.path}/none`,
    });
  const { code, stdout, stderr } = await bake(report);
  assert.is(code, 1, stderr);
  assert.match(stdout, '✗ web  failed');
  assert.match(stderr, `✗ no report can be written to ${report}: EISDIR`);
  assert.equal((await readdir(report)).sort(), ['junit.xml', 'report.html', 'report.json', 'report.md']);
  for (const none of [join(report, 'junit.xml/x'), '/proc/report']) {
    const refused = await bake(none);
    assert.equal([refused.code, refused.stdout], [2, ''], refused.stderr);
    assert.match(refused.stderr, `✗ no report can be written to ${none}: `);
  }
});

test.run();
