import * as assert from 'uvu/assert';
import { suite } from '../../support/suite.ts';
import { GOOD, LEAST, sampleWorkspace, templateProblems } from './sample-workspace.ts';

const test = suite('what a template asks its environment for');

/** The template with these lines after its first two. */
async function loaded(...lines: string[]) {
  await using workspace = await sampleWorkspace({
    ...GOOD,
    'templates/web.yaml': `${LEAST}${lines.join('\n')}\n`,
  });
  const { problems, templates } = await workspace.load();
  assert.equal(problems, []);
  const template = templates.get('web');
  if (template === undefined) throw new Error('the template was not loaded');
  return template.value;
}

test('a value is required unless there is a default or the template says otherwise', async () => {
  const { data } = await loaded(
    'data:',
    '  workers: { type: integer }',
    '  greeting: { type: string, default: Hello, description: What the page says. }',
    '  motd: { type: string, required: false }',
    '  empty: { type: list, default: [] }',
    '  limits: { type: map, default: { cpu: 1.5, tags: [a, null] }, required: false }',
  );
  assert.equal(data, {
    workers: { type: 'integer', required: true },
    greeting: { type: 'string', required: false, default: 'Hello', description: 'What the page says.' },
    motd: { type: 'string', required: false },
    empty: { type: 'list', required: false, default: [] },
    limits: { type: 'map', required: false, default: { cpu: 1.5, tags: ['a', null] } },
  });
});

test('a secret is required unless the template says otherwise, and needs no more than its name', async () => {
  const { secrets } = await loaded(
    'secrets:',
    '  db_password:',
    '  tls.key: { description: Of the front. }',
    '  TOKEN-2: { required: false }',
  );
  assert.equal(secrets, {
    db_password: { required: true },
    'tls.key': { required: true, description: 'Of the front.' },
    'TOKEN-2': { required: false },
  });
});

test('paths of state are normalised', async () => {
  const { state } = await loaded('state: [/var/lib/app/, //srv//data, /var/./log/../spool]');
  assert.equal(state, ['/var/lib/app', '/srv/data', '/var/spool']);
});

const NAME = 'is not a name that data can have: lower-case letters, digits and `_`, with a letter first';
const SECRET =
  'is not the name of a secret: it becomes a file name, of letters, digits, `_`, `.` and `-`, at most 200';
const WHOLE = 'is the whole instance: name what the image changes while it runs';

/** What stands in the template's third line, and what is said of it. */
const REFUSED: readonly (readonly [line: string, ...problems: string[]])[] = [
  ['data:', '3:1 `data` has no value, but must be a map'],
  ['data: { a: string }', '3:12 `data.a` must be a map, but is the text `string`'],
  ['data: { a: {} }', '3:9 `data.a.type` is missing'],
  [
    'data: { a: { type: strng } }',
    '3:20 `data.a.type` must be `string`, `integer`, `number`, `boolean`, `list` or `map`, but is the text `strng` (did you mean `string`?)',
  ],
  ['data: { a: { type: map, defalt: {} } }', '3:25 unknown key `defalt` (did you mean `default`?)'],
  [
    'data: { a: { type: map, required: maybe } }',
    '3:35 `data.a.required` must be true or false, but is the text `maybe`',
  ],
  [
    'data: { a: { type: map, default: {}, required: true } }',
    '3:48 `data.a.required` is true, but there is a default, so that it is never missing: leave one of them out',
  ],
  ['data: { A: { type: map } }', `3:9 \`data.A\` ${NAME}`],
  ['data: { a-b: { type: map } }', `3:9 \`data.a-b\` ${NAME}`],
  ['data: { 1a: { type: map } }', `3:9 \`data.1a\` ${NAME}`],
  [
    'data: { lookup_options: { type: map } }',
    '3:9 `data.lookup_options` is what Hiera calls its own options: choose another name',
  ],
  [
    'data: { kiln_node: { type: string } }',
    '3:9 `data.kiln_node` would be the variable KILN_NODE, which has a meaning of its own: choose another name',
  ],
  [
    'data: { path: { type: string } }',
    '3:9 `data.path` would be the variable PATH, which has a meaning of its own: choose another name',
  ],
  ['secrets: { a/b: {} }', `3:12 \`secrets."a/b"\` ${SECRET}`],
  ['secrets: { .hidden: {} }', `3:12 \`secrets.".hidden"\` ${SECRET}`],
  [
    'secrets: { kiln_unencrypted: {} }',
    '3:12 `secrets.kiln_unencrypted` ends with `_unencrypted`, which SOPS leaves readable: choose another name',
  ],
  [
    'secrets: { sops: {} }',
    '3:12 `secrets.sops` is what SOPS calls its own part of the file: choose another name',
  ],
  ['secrets: { a: { required: 1 } }', '3:27 `secrets.a.required` must be true or false, but is the number 1'],
  ['secrets: { a: { value: x } }', '3:17 unknown key `value` (the known keys are: required, description)'],
  ['state: /var', '3:8 `state` must be a list, but is the text `/var`'],
  ['state: [var/lib]', '3:9 `state[0]` must be an absolute path, which starts with /'],
  [
    'state: [/, //, /var/..]',
    `3:9 \`state[0]\` ${WHOLE}`,
    `3:12 \`state[1]\` ${WHOLE}`,
    `3:16 \`state[2]\` ${WHOLE}`,
  ],
];

for (const [line, ...problems] of REFUSED) {
  test(`\`${line}\` is refused`, async () => {
    assert.equal(await templateProblems(`${LEAST}${line}\n`), problems);
  });
}

/** A type, a default that is not of it, and what is said. */
const DEFAULTS: readonly (readonly [type: string, value: string, problem: string])[] = [
  ['string', '3', 'must be text, but is the number 3'],
  ['string', '', 'has no value, but must be text'],
  ['string', '"a\\0b"', 'must not contain a NUL character'],
  ['integer', '1.5', 'must be a whole number, but is the number 1.5'],
  ['integer', '"1"', 'must be a number, but is the text `1`'],
  ['number', 'x', 'must be a number, but is the text `x`'],
  ['number', '.inf', 'must be a number, but is the number Infinity'],
  ['boolean', 'yes', 'must be true or false, but is the text `yes`'],
  ['list', '{}', 'must be a list, but is a map'],
  ['list', '[.nan]', 'holds a value that JSON cannot carry'],
  ['map', '[]', 'must be a map, but is a list'],
];

for (const [type, value, problem] of DEFAULTS) {
  test(`a default \`${value}\` is no ${type}`, async () => {
    const [found = '', ...others] = await templateProblems(
      `${LEAST}data:\n  a:\n    type: ${type}\n    default: ${value}\n`,
    );
    assert.equal(others, []);
    assert.match(found, /^6:(5|14) `data\.a\.default` /);
    assert.is(found.replace(/^\S+ \S+ /, '').replace(/ \(put it in quotes\)$/, ''), problem);
  });
}

test.run();
