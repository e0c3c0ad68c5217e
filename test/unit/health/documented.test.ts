import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { jsonSchema } from '../../../src/config/json-schema.ts';
import { KINDS } from '../../../src/health/kinds.ts';
import { MATCHERS } from '../../support/check-cases.ts';
import { DIFFERENCES } from '../../support/goss-differences.ts';
import { suite } from '../../support/suite.ts';

const test = suite('what docs/checks.md says of checks');

const COMMON = ['title', 'meta', 'skip', 'probe'];

interface Schema {
  readonly properties: Readonly<Record<string, Schema>>;
  readonly additionalProperties: Schema;
  readonly required?: readonly string[];
}

const text = await readFile(join(import.meta.dirname, '../../../docs/checks.md'), 'utf8');
const template = jsonSchema('template') as unknown as Schema & {
  readonly definitions: { readonly NamedMatcher: Schema };
};
const checks = template.properties['checks']?.properties ?? {};

/** The rows of the first table below a heading, as cells. */
function tableUnder(heading: string): string[][] {
  const [, section = ''] = text.split(`\n## ${heading}\n`);
  const table = /(?:^\|.*\n)+/m.exec(section)?.[0] ?? '';
  const rows = table
    .trim()
    .split('\n')
    .map((line) =>
      line
        .split(/(?<!\\)\|/)
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
  return rows.slice(2);
}

function attributesOf(kind: string): string[] {
  return Object.keys(checks[kind]?.additionalProperties.properties ?? {}).filter(
    (name) => !COMMON.includes(name),
  );
}

test('its table has every resource and attribute of the schema, and no other', () => {
  const documented = tableUnder('Resources and attributes').map(
    ([kind, attribute]) => `${kind} ${attribute}`,
  );
  const kinds = Object.keys(checks).filter((key) => key !== 'goss' && key !== 'gossfile');
  const known = kinds.flatMap((kind) => attributesOf(kind).map((attribute) => `${kind} ${attribute}`));
  assert.equal([...documented].sort(), known.sort());
});

test('it says which attributes are matched and which are required', () => {
  for (const [kind = '', attribute = '', takes = ''] of tableUnder('Resources and attributes')) {
    const checked = KINDS.find(({ name }) => name === kind);
    const isMatched = Object.hasOwn(checked?.attributes ?? {}, attribute) || attribute === 'resolveable';
    assert.is(takes.startsWith('matcher'), isMatched, `${kind} ${attribute}`);
    assert.is(takes.includes('required'), checked?.required === attribute, `${kind} ${attribute}`);
    const form = checked?.attributes[attribute] === 'lines';
    assert.is(takes.includes('on lines'), form, `${kind} ${attribute}`);
  }
});

test('its matchers are those of the schema and of the table that is held against goss', () => {
  const documented = tableUnder('Matchers').map(([name]) => name);
  const schema = Object.keys(template.definitions.NamedMatcher.properties);
  assert.equal([...documented].sort(), schema.sort());
  assert.equal(['default', ...documented].sort(), [...MATCHERS].sort());
});

test('its differences from goss are those that the comparison with goss allows', () => {
  const documented = tableUnder('Deliberate differences from goss').map(([id]) => id);
  assert.equal(
    documented,
    DIFFERENCES.map(({ id }) => id),
  );
});

test.run();
