import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { jsonSchema } from '../../../src/config/json-schema.ts';
import { suite } from '../../support/suite.ts';

const test = suite('published schemas');

for (const kind of ['template', 'base', 'defaults', 'environment', 'hiera', 'workspace'] as const) {
  test(`docs/schema/${kind}.json is what \`bake schema ${kind}\` prints`, async () => {
    const file = join(import.meta.dirname, `../../../docs/schema/${kind}.json`);
    assert.equal(JSON.parse(await readFile(file, 'utf8')), JSON.parse(JSON.stringify(jsonSchema(kind))));
  });
}

test.run();
