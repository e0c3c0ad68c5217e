import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { loadEnvironments } from '../../../src/config/environments.ts';
import { rejects } from '../../support/rejects.ts';
import { suite } from '../../support/suite.ts';
import { environmentProblems, type Files, problemLine, sampleWorkspace } from './sample-workspace.ts';

const test = suite('environments of a workspace');
const LEAST = 'platform: docker\n';
const TWO = 'environments: [environments, ../prod-repo/environments]\n';

/** The hierarchy of an environment in a workspace of these files. */
async function hierarchyOf(files: Files, signal: AbortSignal, name = 'prod') {
  await using workspace = await sampleWorkspace(files);
  const { problems, hierarchyOf: of } = await loadEnvironments(workspace.root, {}, signal);
  assert.equal(problems, []);
  return of(name);
}

/** What is read at a path of a workspace that has these files beside an environment `prod`. */
async function reading(files: Files, path: string, signal: AbortSignal) {
  await using workspace = await sampleWorkspace({ 'environments/prod/environment.yaml': LEAST, ...files });
  const { hierarchyOf: of } = await loadEnvironments(workspace.root, {}, signal);
  return await of('prod').read(path, signal);
}

test('a folder with environment.yaml is an environment, and nothing else', async ({ signal }) => {
  await using workspace = await sampleWorkspace({
    'environments/prod/environment.yaml': LEAST,
    'environments/dev/environment.yaml': LEAST,
    'environments/nodes/data.yaml': '',
    'environments/.hidden/environment.yaml': 'x',
    'environments/common.yaml': '',
  });
  const { names, environments, problems } = await loadEnvironments(workspace.root, {}, signal);
  assert.equal(problems, []);
  assert.equal(names, ['dev', 'prod']);
  const prod = environments.get('prod');
  assert.is(prod?.shown, 'environments/prod');
  assert.is(prod?.folder, join(workspace.root, 'environments/prod'));
  assert.is(prod?.secretsFile, join(workspace.root, 'environments/prod/secrets.yaml'));
});

test('a workspace without environments has none, and no problem', async () => {
  assert.equal(await environmentProblems({}), []);
});

test('environments of another checkout are shown relative to the workspace', async ({ signal }) => {
  await using workspace = await sampleWorkspace({
    'kiln.yaml': TWO,
    'environments/staging/environment.yaml': LEAST,
    '../prod-repo/environments/prod/environment.yaml': `${LEAST}after: stagin\n`,
    '../prod-repo/environments/hiera.yaml': 'version: 4\n',
  });
  const { names, problems, environments } = await loadEnvironments(workspace.root, {}, signal);
  assert.equal(names, ['prod', 'staging']);
  assert.is(environments.get('prod')?.shown, '../prod-repo/environments/prod');
  assert.equal(problems.map(problemLine), [
    '../prod-repo/environments/hiera.yaml:1:1 `hierarchy` is missing',
    '../prod-repo/environments/hiera.yaml:1:10 `version` must be `5`, but is the number 4',
    '../prod-repo/environments/prod/environment.yaml:2:8 there is no environment `stagin` (did you mean `staging`?)',
  ]);
});

test('another checkout that is not there is no mistake, but what comes after its environments is', async ({
  signal,
}) => {
  await using workspace = await sampleWorkspace({
    'kiln.yaml': TWO,
    'environments/dev/environment.yaml': `${LEAST}after: prod\n`,
  });
  const { names, absent, problems } = await loadEnvironments(workspace.root, {}, signal);
  assert.equal(names, ['dev']);
  assert.equal(absent, ['../prod-repo/environments']);
  assert.equal(problems.map(problemLine), [
    'environments/dev/environment.yaml:2:8 there is no environment `prod` (not there, so not looked into: ../prod-repo/environments)',
  ]);
});

test('an environment in two folders is told, unless the command line chooses', async ({ signal }) => {
  await using workspace = await sampleWorkspace({
    'kiln.yaml': TWO,
    'environments/prod/environment.yaml': `${LEAST}images: { web: }\n`,
    '../prod-repo/environments/prod/environment.yaml': LEAST,
  });
  const both = await loadEnvironments(workspace.root, {}, signal);
  assert.equal(both.problems.map(problemLine), [
    '../prod-repo/environments/prod/environment.yaml:1:1 there is an environment `prod` in environments too (remove one of them, or choose a folder with --environments)',
  ]);
  assert.equal(both.problemsOf('prod'), both.problems);
  const first = join(workspace.root, '../prod-repo/environments');
  const chosen = await loadEnvironments(workspace.root, { first }, signal);
  assert.equal(chosen.problems, []);
  assert.equal(chosen.names, ['prod']);
  assert.is(chosen.environments.get('prod')?.shown, '../prod-repo/environments/prod');
});

test('a folder of the command line that is not there is refused', async ({ signal }) => {
  await using workspace = await sampleWorkspace({ '../file': '' });
  for (const name of ['nowhere', 'file']) {
    const first = join(workspace.root, '..', name);
    const fault = await rejects(loadEnvironments(workspace.root, { first }, signal), {
      code: 'FILE_MISSING',
    });
    assert.is(fault.message, `there is no folder ${first} to take environments from`);
  }
});

/** A kiln.yaml, and what is said of it. */
const REFUSED: readonly (readonly [text: string, ...problems: string[]])[] = [
  ['# nothing', '1:1 the file is empty'],
  ['environment: [x]', '1:1 unknown key `environment` (did you mean `environments`?)'],
  ['environments: x', '1:15 `environments` must be a list, but is the text `x`'],
  ['environments: []', '1:1 `environments` must name at least one folder'],
  ['environments: [""]', '1:16 `environments[0]` must not be empty'],
  ['environments: ["a\\nb"]', '1:16 `environments[0]` must not contain control characters'],
  ['environments: [./x/, x]', '1:22 `environments[1]` is in the list already'],
  ['environments: [nowhere]', '1:16 there is no folder `nowhere`'],
  ['environments: [kiln.yaml]', '1:16 `kiln.yaml` is no folder'],
  ['nightly: { launch: dvv }', '1:20 there is no environment `dvv`'],
  ['nightly: { lunch: dev }', '1:12 unknown key `lunch` (did you mean `launch`?)'],
  ['environments: [../kiln.yaml/x, ../file]', '1:32 `../file` is no folder'],
];

for (const [text, ...expected] of REFUSED) {
  test(`a kiln.yaml of \`${text}\` is refused`, async () => {
    const found = await environmentProblems({ 'kiln.yaml': `${text}\n`, '../file': '' });
    assert.equal(
      found,
      expected.map((line) => `kiln.yaml:${line}`),
    );
  });
}

test('a folder that cannot be an environment’s name is told, and so is a file that is not read', async () => {
  const found = await environmentProblems({
    'environments/My Prod/environment.yaml': LEAST,
    'environments/dev/environment.yml': LEAST,
  });
  assert.equal(found, [
    'environments/My Prod/environment.yaml:1:1 `My Prod` is not a name: names become image and host names, so they are lower-case letters and digits with hyphens between, at most 63',
    'environments/dev/environment.yml:1:1 this file is not read (call it environment.yaml)',
  ]);
});

test('an environment that leads out of its folder is refused', async ({ signal }) => {
  await using workspace = await sampleWorkspace({
    '../secret/environment.yaml': LEAST,
    'environments/x': '',
  });
  await symlink('../../secret', join(workspace.root, 'environments/prod'));
  const { problems } = await loadEnvironments(workspace.root, {}, signal);
  assert.equal(problems.map(problemLine), [
    'environments/prod/environment.yaml:1:1 the file is a link that leads out of environments',
  ]);
});

test('without hiera.yaml there are four levels', async ({ signal }) => {
  const { file, levels } = await hierarchyOf({ 'environments/prod/environment.yaml': LEAST }, signal);
  assert.is(file, 'environments/hiera.yaml (default)');
  assert.equal(
    levels.flatMap(({ paths }) => paths.map(({ text }) => text)),
    ['%{env}/nodes/%{node}.yaml', '%{env}/%{role}.yaml', '%{env}/data.yaml', 'common.yaml'],
  );
});

test('a hierarchy knows where each of its paths is written', async ({ signal }) => {
  const hierarchy = await hierarchyOf(
    {
      'environments/prod/environment.yaml': LEAST,
      'environments/hiera.yaml': `version: 5
defaults: { datadir: data }
hierarchy:
  - { name: role, path: "%{role}.yaml" }
  - name: rest
    datadir: ./other/
    paths: [a.yaml, b.yaml]
`,
    },
    signal,
  );
  assert.is(hierarchy.file, 'environments/hiera.yaml');
  assert.equal(hierarchy.levels, [
    { name: 'role', datadir: 'data', paths: [{ text: '%{role}.yaml', at: { line: 4, column: 25 } }] },
    {
      name: 'rest',
      datadir: './other/'.slice(2),
      paths: [
        { text: 'a.yaml', at: { line: 7, column: 13 } },
        { text: 'b.yaml', at: { line: 7, column: 21 } },
      ],
    },
  ]);
});

test('hiera.yaml and files of data come from the own folder first, then from the others', async ({
  signal,
}) => {
  await using workspace = await sampleWorkspace({
    'kiln.yaml': TWO,
    'environments/staging/environment.yaml': LEAST,
    'environments/hiera.yaml': 'version: 5\nhierarchy: [{ name: all, path: common.yaml }]\n',
    'environments/common.yaml': 'whose: shared\n',
    'environments/more.yaml': 'whose: shared\n',
    '../prod-repo/environments/prod/environment.yaml': LEAST,
    '../prod-repo/environments/common.yaml': '# of prod\nwhose: prod\n',
  });
  const { hierarchyOf: of } = await loadEnvironments(workspace.root, {}, signal);
  const prod = of('prod');
  assert.is(prod.file, 'environments/hiera.yaml');
  const own = await prod.read('common.yaml', signal);
  assert.is(own?.file, '../prod-repo/environments/common.yaml');
  assert.equal(own?.value, { whose: 'prod' });
  assert.equal(own?.positionOf(['whose']), { line: 2, column: 8 });
  assert.equal(own?.positionOf(['whose'], 'key'), { line: 2, column: 1 });
  assert.is((await prod.read('more.yaml', signal))?.file, 'environments/more.yaml');
  assert.equal((await of('staging').read('common.yaml', signal))?.value, { whose: 'shared' });
  assert.is(await prod.read('nothing.yaml', signal), undefined);
});

test('a file of data is read once, however many ask', async ({ signal }) => {
  await using workspace = await sampleWorkspace({
    'environments/dev/environment.yaml': LEAST,
    'environments/common.yaml': 'a: 1\n',
  });
  const { hierarchyOf: of } = await loadEnvironments(workspace.root, {}, signal);
  assert.is(await of('dev').read('common.yaml', signal), await of('dev').read('common.yaml', signal));
});

test('a file of data that is all comments says nothing', async ({ signal }) => {
  const data = await reading({ 'environments/common.yaml': '# later\n' }, 'common.yaml', signal);
  assert.equal(data?.value, {});
  assert.equal(data?.positionOf(['a']), { line: 1, column: 1 });
});

/** A file of data, its text, and the first line of what is said. */
const NO_DATA: readonly (readonly [path: string, text: string, says: string])[] = [
  ['common.yaml', '- a\n', 'environments/common.yaml:1:1  the file must be a map, but is a list'],
  ['common.yaml', 'a: [\n', 'environments/common.yaml:2:1  not valid YAML: '],
  ['common.yaml', 'a: 1\na: 2\n', 'environments/common.yaml:2:1  duplicate key `a`'],
  [
    'common.yaml',
    'a: ENC[x]\nsops: {}\n',
    'environments/common.yaml:2:1  this file is encrypted by SOPS, but data is taken as it is written',
  ],
  [
    'prod/secrets.yaml',
    'a: 1\n',
    'environments/prod/secrets.yaml:1:1  secrets.yaml is no data, but the hierarchy leads to it',
  ],
  [
    'prod/environment.yaml',
    LEAST,
    'environments/prod/environment.yaml:1:1  environment.yaml is no data, but the hierarchy leads to it',
  ],
  [
    'prod/../common.yaml',
    'a: 1\n',
    'environments/prod/../common.yaml:1:1  the path leads out of environments',
  ],
];

for (const [path, text, says] of NO_DATA) {
  test(`${path} with \`${text.trim()}\` is no data`, async ({ signal }) => {
    const files = { [`environments/${path}`]: text };
    const fault = await rejects(reading(files, path, signal), { code: 'CONFIG_INVALID' });
    assert.ok(fault.details[0]?.startsWith(says), fault.details.join('\n'));
  });
}

test('a link out of the folder of environments is no data, nor is a folder', async ({ signal }) => {
  await using workspace = await sampleWorkspace({
    'environments/prod/environment.yaml': LEAST,
    'environments/x': '',
    '../elsewhere.yaml': 'a: 1\n',
  });
  await symlink('../../elsewhere.yaml', join(workspace.root, 'environments/common.yaml'));
  await mkdir(join(workspace.root, 'environments/prod/web.yaml'));
  const { hierarchyOf: of } = await loadEnvironments(workspace.root, {}, signal);
  const link = await rejects(of('prod').read('common.yaml', signal), { code: 'CONFIG_INVALID' });
  assert.equal(link.details, [
    'environments/common.yaml:1:1  the file is a link that leads out of environments',
  ]);
  const folder = await rejects(of('prod').read('prod/web.yaml', signal), { code: 'CONFIG_INVALID' });
  assert.equal(folder.details, ['environments/prod/web.yaml:1:1  this is not a file']);
});

test('an environment whose hiera.yaml is wrong has no hierarchy', async ({ signal }) => {
  await using workspace = await sampleWorkspace({
    'environments/prod/environment.yaml': LEAST,
    'environments/hiera.yaml': 'version: 5\n',
  });
  const { hierarchyOf: of } = await loadEnvironments(workspace.root, {}, signal);
  await rejects(() => of('prod'), { code: 'CONFIG_INVALID' });
});

test.run();
