import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { writeNamedFile } from '../../../src/core/named-file.ts';
import { suite } from '../../support/suite.ts';
import { withEnv } from '../../support/with-env.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const test = suite('a file that a person has named');

test('is written with a ledger, and without one where there is no home to write it to', async () => {
  await using folder = await temporaryFolder();
  await writeFile(join(folder.path, 'file'), '');
  const file = join(folder.path, 'out/bundle.tar');
  for (const [home, text] of [
    [join(folder.path, 'home'), 'first'],
    [join(folder.path, 'file'), 'second'],
  ] as const) {
    using _set = withEnv({ KILN_HOME: home });
    await writeNamedFile(file, text, 'bundle of web');
    assert.is(await readFile(file, 'utf8'), text);
    assert.equal(await readdir(join(folder.path, 'out')), ['bundle.tar']);
  }
  assert.equal(await readdir(join(folder.path, 'home/ledger')), []);
});

test.run();
