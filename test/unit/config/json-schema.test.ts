import { Ajv } from 'ajv';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import { jsonSchema, type SchemaName } from '../../../src/config/json-schema.ts';
import { suite } from '../../support/suite.ts';
import { DEBIAN, LEAST, WEB } from './sample-workspace.ts';

const test = suite('JSON schemas');

/** The paths of what an editor would underline. */
function underlined(file: SchemaName, text: string): string[] {
  const validate = new Ajv({ allErrors: true, strict: false }).compile(jsonSchema(file));
  validate(parse(text));
  return (validate.errors ?? []).map(({ instancePath, keyword }) => `${instancePath} ${keyword}`);
}

test('each has a title and says what it is for', () => {
  for (const file of ['template', 'base', 'defaults', 'environment', 'hiera', 'workspace'] as const) {
    const schema = jsonSchema(file);
    assert.is(schema['title'], `Kiln ${file}`);
    assert.type(schema['description'], 'string');
    assert.is(schema['$schema'], 'http://json-schema.org/draft-07/schema#');
  }
});

test("the design's files and the least template are valid", () => {
  assert.equal(underlined('template', WEB), []);
  assert.equal(underlined('template', LEAST), []);
  assert.equal(underlined('base', DEBIAN), []);
  assert.equal(underlined('base', 'bake: web'), []);
  assert.equal(underlined('defaults', 'probe: { timeout: 60s }\ncontainer: { init: none }'), []);
});

test('what an environment and a hierarchy say is valid', () => {
  const images = 'images: { web: { count: 2, publish: ["8080-8081:80"] }, app: }';
  assert.equal(
    underlined('environment', `platform: docker\nafter: staging\nsoak: 1h\nmax-age: 30d\n${images}`),
    [],
  );
  assert.equal(underlined('hiera', 'version: 5\nhierarchy: [{ name: a, paths: ["%{env}/data.yaml"] }]'), []);
  assert.equal(underlined('workspace', 'environments: [environments, ../prod-repo/environments]'), []);
  const asks = 'data: { a: { type: list, default: [] } }\nsecrets: { b: }\nstate: [/var/lib/web]';
  assert.equal(underlined('template', `${LEAST}${asks}`), []);
});

test('what is wrong in an environment or a hierarchy is underlined', () => {
  assert.equal(underlined('environment', 'platform: lxc'), ['/platform enum']);
  assert.equal(underlined('environment', 'platform: docker\nmax-age: 30'), ['/max-age type']);
  assert.ok(
    underlined('environment', 'platform: docker\nimages: { web: { publish: ["80"] } }').includes(
      '/images/web/publish/0 pattern',
    ),
  );
  assert.ok(underlined('hiera', 'version: 5\nhierarchy: [{ name: a }]').includes('/hierarchy/0 oneOf'));
  assert.equal(underlined('workspace', 'x: 1'), [' additionalProperties']);
  assert.equal(underlined('template', `${LEAST}data: { a: { type: text } }`), ['/data/a/type enum']);
});

test('nested matchers are valid', () => {
  const matcher = '{ not: { and: [{ gt: 1 }, 3, [a, { have-prefix: b }]] } }';
  assert.equal(
    underlined('template', `${LEAST}checks: { file: { /x: { exists: true, size: ${matcher} } } }`),
    [],
  );
});

test('an unknown key, a missing one and a bare number are underlined', () => {
  assert.equal(underlined('template', `${LEAST}convrge: []`), [' additionalProperties']);
  assert.equal(underlined('template', 'name: web'), [' required']);
  assert.equal(underlined('template', `${LEAST}probe: { timeout: 60 }`), ['/probe/timeout type']);
  assert.equal(underlined('template', `${LEAST}probe: { timeout: "60" }`), ['/probe/timeout pattern']);
  assert.equal(underlined('template', 'name: Web Server\nbase: x'), ['/name pattern']);
  assert.equal(underlined('defaults', 'base: x'), [' additionalProperties']);
});

test('a step without a tool, a script without a guard and a base of two sources are underlined', () => {
  assert.ok(underlined('template', `${LEAST}converge: [{}]`).includes('/converge/0 oneOf'));
  assert.ok(
    underlined('template', `${LEAST}converge: [{ shell: { script: x } }]`).includes(
      '/converge/0/shell oneOf',
    ),
  );
  assert.ok(underlined('base', 'debian: bookworm\nimage: x').includes(' oneOf'));
});

test.run();
