import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { openReports } from '../../../src/cli/bake-verbs/nightly-reports.ts';
import { concealedUntilDisposed, concealText } from '../../../src/core/redaction.ts';
import { suite } from '../../support/suite.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const test = suite('the files of a nightly report');

test('a secret is in none of them, however each is escaped', async () => {
  await using folder = await temporaryFolder();
  using _ = concealedUntilDisposed();
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
  const names = (await readdir(folder.path)).sort();
  assert.equal(names, ['junit.xml', 'report.html', 'report.json', 'report.md']);
  for (const name of names) {
    const text = await readFile(join(folder.path, name), 'utf8');
    assert.match(text, 'it said', name);
    assert.not.match(text, 'hunter', name);
  }
});

test.run();
