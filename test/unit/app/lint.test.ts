import * as assert from 'uvu/assert';
import { lintWorkspace } from '../../../src/app/lint.ts';
import { rejects } from '../../support/rejects.ts';
import { suite } from '../../support/suite.ts';
import { type Files, GOOD, LEAST, sampleWorkspace } from '../config/sample-workspace.ts';

const test = suite('bake lint');

const WEB = `${LEAST}data:
  greeting: { type: string, default: Hello }
  workers: { type: integer }
  motd: { type: string, required: false }
secrets:
  db_password:
  api_token: { required: false }
`;

const SEALED = 'db_password: ENC[AES256_GCM,data:x]\nsops: { version: 3.9.0 }\n';

/** A workspace whose environment `dev` has all that `web` asks for. */
const COMPLETE: Files = {
  ...GOOD,
  'templates/web.yaml': WEB,
  'environments/dev/environment.yaml': 'platform: docker\nimages:\n  web:\n',
  'environments/dev/data.yaml': 'workers: 4\n',
  'environments/dev/secrets.yaml': SEALED,
};

async function lint(files: Files, signal: AbortSignal) {
  await using workspace = await sampleWorkspace(files);
  return await lintWorkspace(workspace.root, signal);
}

/** All problems as they are shown, each in one line with its hint. */
async function problems(files: Files, signal: AbortSignal): Promise<string[]> {
  const { details } = await rejects(lint(files, signal), { code: 'CONFIG_INVALID' });
  const found: string[] = [];
  for (const line of details) {
    if (/^\S/.test(line)) found.push(line);
    else if (/^ {6}\|/.test(line))
      found.push(`${found.pop()} (${line.replace(/^[ |^]+/, '')})`.replace(' ()', ''));
  }
  return found;
}

test('a workspace whose environments have all that their images ask for is good', async ({ signal }) => {
  assert.equal(await lint(COMPLETE, signal), {
    templates: ['web'],
    bases: ['debian-12'],
    environments: ['dev'],
  });
});

test('a workspace without environments is good', async ({ signal }) => {
  assert.equal((await lint(GOOD, signal)).environments, []);
});

const WORKERS = 'write `workers: …` (an integer) into';

/** What is different from the complete workspace, and what is said of it. */
const WRONG: Readonly<Record<string, readonly [files: Files, ...problems: string[]]>> = {
  'a value that is required and nowhere': [
    { 'environments/dev/data.yaml': 'motd: hi\n' },
    `environments/dev/data.yaml:1:1  \`workers\` is needed, and no level has it (for web in dev) (${WORKERS} environments/dev/data.yaml, or give it a default in the template)`,
  ],
  'a value that is required where there is no file of data yet': [
    {
      'environments/prod/environment.yaml': 'platform: docker\nimages: { web: { count: 2 } }\n',
      'environments/prod/secrets.yaml': SEALED,
    },
    `environments/prod/environment.yaml:2:11  \`workers\` is needed, and no level has it (for web in prod) (${WORKERS} environments/prod/data.yaml, or give it a default in the template)`,
  ],
  'an image without an init where machines boot': [
    {
      'templates/web.yaml': `${WEB}container: { init: none, command: [sleep, "1"] }\n`,
      'environments/dev/environment.yaml': 'platform: qemu\nimages:\n  web:\n',
      'environments/prod/environment.yaml':
        'platform: docker\nimages:\n  web:\n    count: 1\n    platform: qemu\n',
      'environments/prod/data.yaml': 'workers: 4\n',
      'environments/prod/secrets.yaml': SEALED,
    },
    'environments/dev/environment.yaml:3:3  `web` has no init, and qemu runs machines that boot (say `platform: docker` for it here, or `container: { init: systemd }` in its template)',
    'environments/prod/environment.yaml:5:15  `web` has no init, and qemu runs machines that boot (say `platform: docker` for it here, or `container: { init: systemd }` in its template)',
  ],
  'a value of another type': [
    { 'environments/dev/data.yaml': 'workers: many\nmotd: 1\n' },
    'environments/dev/data.yaml:1:10  `workers` must be an integer, and is a string (for web in dev)',
    'environments/dev/data.yaml:2:7  `motd` must be a string, and is a number (for web in dev)',
  ],
  'a value of another type for one node of several': [
    {
      'environments/dev/environment.yaml': 'platform: docker\nimages: { web: { count: 3, role: front } }\n',
      'environments/dev/front.yaml': 'motd: 2\n',
      'environments/dev/nodes/web-3.yaml': 'workers: 1.5\n',
    },
    'environments/dev/front.yaml:1:7  `motd` must be a string, and is a number (for web in dev)',
    'environments/dev/nodes/web-3.yaml:1:10  `workers` must be an integer, and has a fraction (for web in dev)',
  ],
  'a value of another type for the role, which is the template’s name unless said': [
    { 'environments/dev/web.yaml': 'workers: 1.5\n' },
    'environments/dev/web.yaml:1:10  `workers` must be an integer, and has a fraction (for web in dev)',
  ],
  'an interpolation of nothing, once for all that meet it': [
    {
      'templates/app.yaml': 'name: app\nbase: debian-12\ndata: { greeting: { type: string } }\n',
      'environments/dev/environment.yaml': 'platform: docker\nimages: { web: , app: }\n',
      'environments/common.yaml': 'greeting: "%{nowhere}"\n',
    },
    "environments/common.yaml:1:11  `%{nowhere}` cannot be looked up (for app in dev and 1 more) (only %{env}, %{role}, %{node} and %{literal('%')} can)",
  ],
  'a file of data that cannot be read, and nothing of what it may hold': [
    { 'environments/dev/data.yaml': '- workers\n' },
    'environments/dev/data.yaml:1:1  the file must be a map, but is a list',
  ],
  'a level whose path has nothing to stand for': [
    {
      'environments/hiera.yaml':
        'version: 5\nhierarchy: [{ name: a, path: "%{env}/data.yaml" }, { name: b, path: "%{x}.yaml" }]\n',
    },
    "environments/hiera.yaml:2:69  `%{x}` cannot be looked up (for web in dev) (only %{env}, %{role}, %{node} and %{literal('%')} can)",
  ],
  'a hiera.yaml that is wrong': [
    { 'environments/hiera.yaml': 'version: 5\n' },
    'environments/hiera.yaml:1:1  `hierarchy` is missing',
  ],
  'a kiln.yaml that is wrong': [
    { 'kiln.yaml': 'environments: []\n' },
    'kiln.yaml:1:1  `environments` must name at least one folder',
  ],
  'an image that no template makes': [
    { 'environments/dev/environment.yaml': 'platform: docker\nimages:\n  wbe: { count: 1 }\n' },
    'environments/dev/environment.yaml:3:3  there is no template `wbe` (did you mean `web`?)',
  ],
  'an image whose template is wrong by itself': [
    { 'templates/web.yaml': `${WEB}x: 1\n` },
    'templates/web.yaml:10:1  unknown key `x` (the known keys are: name, base, machine, forms, converge, allow-changes, checks, probe, container, data, secrets, state, disk, vm, ami, instance, keep)',
  ],
  'a secret that is required and not in the file': [
    { 'environments/dev/secrets.yaml': SEALED.replace('db_password', 'other') },
    'environments/dev/environment.yaml:3:3  `web` needs the secret `db_password`, which environments/dev/secrets.yaml has not (launch secrets set db_password --env dev)',
  ],
  'a file of secrets that is not encrypted, of which nothing is shown': [
    { 'environments/dev/secrets.yaml': 'db_password: hunter2\n' },
    'environments/dev/secrets.yaml:1:1  the file is not encrypted by SOPS (whoever could read the file knows what is in it: make a new one, and new secrets)',
  ],
  'a file of secrets that is one text': [
    { 'environments/dev/secrets.yaml': 'hunter2\n' },
    'environments/dev/secrets.yaml:1:1  the file is not encrypted by SOPS (whoever could read the file knows what is in it: make a new one, and new secrets)',
  ],
  'a file of secrets that is no YAML': [
    { 'environments/dev/secrets.yaml': 'a: b\nhunter2: [\n' },
    'environments/dev/secrets.yaml:3:1  the file is not valid YAML here',
  ],
};

for (const [what, [files, ...expected]] of Object.entries(WRONG)) {
  test(`${what} is told`, async ({ signal }) => {
    const found = await problems({ ...COMPLETE, ...files }, signal);
    assert.equal(found, expected);
    assert.is(
      found.some((line) => line.includes('hunter2')),
      false,
    );
  });
}

test('a file of secrets that is not there is told with the command that makes it', async ({ signal }) => {
  const { 'environments/dev/secrets.yaml': _, ...files } = COMPLETE;
  const two = {
    'templates/web.yaml': WEB.replace('{ required: false }\n', '\n').replace(/(api_token:) \{.*/, '$1'),
  };
  assert.equal(await problems({ ...files, ...two }, signal), [
    'environments/dev/environment.yaml:3:3  `web` needs the secrets `db_password` and `api_token`, but there is no environments/dev/secrets.yaml (launch secrets init --env dev)',
  ]);
});

test('a secret in a map of the file is found by its dotted name, and the map is none', async ({ signal }) => {
  const nested = {
    ...COMPLETE,
    'templates/web.yaml': WEB.replace('db_password:', 'db.password:'),
    'environments/dev/secrets.yaml': 'db:\n  password: ENC[x]\nsops: { version: 3.9.0 }\n',
  };
  await lint(nested, signal);
  const map = { 'templates/web.yaml': WEB.replace('db_password:', 'db:') };
  assert.match((await problems({ ...nested, ...map }, signal)).join(), 'needs the secret `db`, which');
});

test('where no secret is required there need be no file of them', async ({ signal }) => {
  const { 'environments/dev/secrets.yaml': _, ...files } = COMPLETE;
  await lint(
    { ...files, 'templates/web.yaml': WEB.replace('db_password:', 'db_password: { required: false }') },
    signal,
  );
});

test('everything that is wrong in templates and environments is told at once', async ({ signal }) => {
  const found = await problems(
    {
      ...COMPLETE,
      'templates/app.yaml': 'name: app\nbase: nowhere\n',
      'environments/prod/environment.yaml': 'platform: docker\nafter: stagin\nimages: { web: , nothing: }\n',
      'environments/dev/data.yaml': 'workers: x\n',
    },
    signal,
  );
  assert.equal(
    found.map((line) => line.replace(/\s.*/, '')),
    [
      'environments/dev/data.yaml:1:10',
      'environments/prod/environment.yaml:2:8',
      'environments/prod/environment.yaml:3:11',
      'environments/prod/environment.yaml:3:11',
      'environments/prod/environment.yaml:3:18',
      'templates/app.yaml:2:7',
    ],
  );
});

test.run();
