import * as assert from 'uvu/assert';
import { suite } from '../../support/suite.ts';
import { environmentProblems } from './sample-workspace.ts';

const test = suite('hiera.yaml');
const FILE = 'environments/hiera.yaml';
const NOT_THERE = 'is not supported: of Hiera there are `path`, `paths` and `datadir`';
const OUT = 'leads out of the folder of hiera.yaml';

async function problems(text: string): Promise<string[]> {
  return (await environmentProblems({ [FILE]: text })).map((line) => line.replace(`${FILE}:`, ''));
}

const LEVEL = '  - { name: common, path: common.yaml }';

test('levels with a path, several or a folder of their own are read', async () => {
  const text = `version: 5
defaults: { datadir: data, data_hash: yaml_data }
hierarchy:
  - { name: role, path: "%{env}/%{role}.yaml", data_hash: yaml_data }
  - { name: others, paths: ["%{env}/data.yaml", common.yaml], datadir: . }
`;
  assert.equal(await problems(text), []);
});

/** A whole file, and what is said of it. */
const REFUSED: readonly (readonly [text: string, ...problems: string[]])[] = [
  ['version: 5', '1:1 `hierarchy` is missing'],
  [`hierarchy:\n${LEVEL}`, '1:1 `version` is missing'],
  [`version: 3\nhierarchy:\n${LEVEL}`, '1:10 `version` must be `5`, but is the number 3'],
  ['version: 5\nhierarchy: []', '2:1 `hierarchy` must have at least one level'],
  [`version: 5\nhierarchy:\n${LEVEL}\ndefault_hierarchy: []`, `4:1 \`default_hierarchy\` ${NOT_THERE}`],
  [
    `version: 5\ndefaults: { lookup_key: eyaml_lookup_key }\nhierarchy:\n${LEVEL}`,
    `2:13 \`lookup_key\` ${NOT_THERE}`,
  ],
  [
    `version: 5\ndefaults: { data_hash: json_data }\nhierarchy:\n${LEVEL}`,
    '2:24 `defaults.data_hash` must be `yaml_data`, but is the text `json_data`',
  ],
  [`version: 5\ndefaults: { datadir: /etc }\nhierarchy:\n${LEVEL}`, `2:22 \`defaults.datadir\` ${OUT}`],
  [`version: 5\nhierarchy:\n${LEVEL}\n${LEVEL}`, '4:13 `hierarchy[1].name` is the name of another level too'],
];

/** What a second level says, and what is said of it. */
const LEVELS: readonly (readonly [level: string, ...problems: string[]])[] = [
  ['name: x', '4:5 `hierarchy[1]` needs one of `path` or `paths`: it says which files the level has'],
  [
    'name: x, path: a, paths: [b]',
    '4:5 `hierarchy[1]` has `path` and `paths`, but takes only one of them: it says which files the level has',
  ],
  ['path: a', '4:5 `hierarchy[1].name` is missing'],
  ['name: x, paths: []', '4:16 `hierarchy[1].paths` must name at least one file'],
  ['name: x, path: a, datadir: ../x', `4:34 \`hierarchy[1].datadir\` ${OUT}`],
  ['name: x, path: /etc/x', `4:22 \`hierarchy[1].path\` ${OUT}`],
  ['name: x, paths: [a/../b]', `4:24 \`hierarchy[1].paths[0]\` ${OUT}`],
  [
    'name: x, path: "%{env}/environment.yaml"',
    '4:22 `hierarchy[1].path` is no data: `environment.yaml` is never looked into',
  ],
  [
    'name: x, paths: ["%{env}/secrets.yaml"]',
    '4:24 `hierarchy[1].paths[0]` is no data: `secrets.yaml` is never looked into',
  ],
  ...['glob', 'globs', 'uri', 'uris', 'mapped_paths', 'lookup_key', 'data_dig', 'options'].map(
    (key) => [`name: x, ${key}: a`, `4:16 \`${key}\` ${NOT_THERE}`] as const,
  ),
];

for (const [text, ...expected] of [
  ...REFUSED,
  ...LEVELS.map(
    ([level, ...found]) => [`version: 5\nhierarchy:\n${LEVEL}\n  - { ${level} }`, ...found] as const,
  ),
]) {
  test(`\`${text.split('\n').slice(-2).join(' ')}\` is refused: ${expected[0]}`, async () => {
    assert.equal(await problems(`${text}\n`), expected);
  });
}

test.run();
