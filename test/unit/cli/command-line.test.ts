import { readFile } from 'node:fs/promises';
import * as assert from 'uvu/assert';
import { suite } from '../../support/suite.ts';
import { runCli } from './run-cli.ts';

const test = suite('command line');
const bake = (...args: string[]) => runCli('src/cli/bake.ts', args);

test('--help names the verbs on stdout and exits 0', async () => {
  const { code, stdout, stderr } = await bake('--help');
  assert.is(code, 0);
  assert.is(stderr, '');
  for (const verb of [
    'image',
    'check',
    'checks',
    'plan',
    'lint',
    'list',
    'show',
    'revoke',
    'diff',
    'bundle',
    'export',
    'gc',
    'schedule',
    'doctor',
    'policy',
    'schema',
  ])
    assert.match(stdout, new RegExp(`^  ${verb} `, 'm'));
});

test('the help of a verb can be asked for in both ways', async () => {
  const [first, second] = await Promise.all([bake('help', 'image'), bake('image', '--help')]);
  assert.is(first.code, 0);
  assert.is(first.stdout, second.stdout);
  assert.match(first.stdout, /--on-error/);
});

test('--help loads no verb’s code and no platform', async () => {
  const loaded = await runCli('test/unit/cli/fixtures/list-loaded.ts', []);
  const urls = loaded.stderr.split('\n').filter((line) => line.includes('/'));
  assert.ok(urls.some((url) => url.includes('commander')));
  for (const heavy of [
    'listr2',
    'zod',
    'yaml',
    'dockerode',
    'execa',
    '/src/app/',
    '/src/config/',
    '/src/platforms/',
    '/verbs/',
  ])
    assert.not.ok(
      urls.find((url) => url.includes(heavy)),
      `${heavy} is loaded`,
    );
});

test('--version is the package’s', async () => {
  const { version } = JSON.parse(await readFile(new URL('../../../package.json', import.meta.url), 'utf8'));
  assert.equal(await bake('--version'), { code: 0, stdout: `${version}\n`, stderr: '' });
});

test('without a verb the help goes to stderr and it exits 2', async () => {
  const { code, stdout, stderr } = await bake();
  assert.is(code, 2);
  assert.is(stdout, '');
  assert.match(stderr, /^Usage: bake/);
});

const mistakes: [string[], RegExp][] = [
  [['imgae', 'web'], /^✗ unknown command 'imgae'\n {2}hint: Did you mean image\?\n$/],
  [['image', 'web', '--forsm', 'oci'], /^✗ unknown option '--forsm'\n {2}hint: Did you mean --forms\?\n$/],
  [['image'], /^✗ missing required argument 'name'\n {2}hint: See bake image --help\.\n$/],
  [
    ['image', 'web', '--progress', 'loud'],
    /'loud' is invalid\. Allowed choices are auto, tty, plain, json\./,
  ],
  [
    ['image', 'web', '--on-error', 'panic'],
    /'panic' is invalid\. Allowed choices are cleanup, keep, shell\./,
  ],
  [['image', 'web', '--forms', 'oci,iso'], /'oci,iso' is invalid\. Forms are oci, disk, ami\./],
  [
    ['image', 'web', '--machine', 'boat'],
    /'boat' is invalid\. Allowed choices are container, vm, instance\./,
  ],
  ...['converge:0', 'prove:1'].map((from): [string[], RegExp] => [
    ['image', 'web', '--from', from],
    /A step is named as converge:1 and so on; without --from a bake begins at the beginning\./,
  ]),
  [
    ['image', 'web', 'app', '--from', 'converge:1'],
    /--from goes with one image: each has checkpoints of its own/,
  ],
  [['image', 'web', '--from', 'converge:9'], /there is no step converge:9: web has one converge step/],
  [['check', 'web', '--format', 'xml'], /Allowed choices are table, json, junit, tap\./],
  [['check', 'web', '--form', 'ami'], /Allowed choices are oci, disk\./],
  [['list', '--limit', '-1'], /A whole number from 1 is needed\.\n {2}hint: See bake list --help\.\n$/],
  [['--verbose'], /^✗ unknown option '--verbose'\n {2}hint: See bake --help\.\n$/],
  [['bundle', 'web'], /required option '-o, --output <file>' not specified/],
  [['export', 'web', '-o', 'web.raw'], /required option '--format <format>' not specified/],
  [['export', 'web', '--format', 'raw'], /required option '-o, --output <file>' not specified/],
  [
    ['export', 'web', '--format', 'iso', '-o', 'web'],
    /Allowed choices are qcow2, raw, vmdk, vhdx, tar, oci\./,
  ],
  [['export', 'web', '--format', 'raw', '-o', '-'], /so not to stdout/],
  [['show', 'web', 'app'], /too many arguments/],
  [['schema', 'house'], /Allowed choices are template, base, defaults, /],
];

test(
  'a command line that cannot be understood exits 2, says why on stderr and prints no stack',
  async () => {
    for (const [args, message] of mistakes) {
      const { code, stdout, stderr } = await bake(...args);
      assert.is(code, 2, args.join(' '));
      assert.is(stdout, '', args.join(' '));
      assert.match(stderr, message);
      assert.not.match(stderr, /\n\s+at /);
    }
  },
  { deadline: 60_000 },
);

test('with --json such an error is on stdout too, as an object', async () => {
  const { code, stdout } = await bake('show', '--json');
  assert.is(code, 2);
  assert.equal(JSON.parse(stdout), {
    error: {
      code: 'USAGE',
      message: "missing required argument 'image'",
      hint: 'See bake show --help.',
      details: [],
    },
  });
});

test('an archive on stdout and an answer as JSON do not go together', async () => {
  const { code, stdout } = await bake('export', 'web', '--format', 'tar', '-o', '-', '--json');
  assert.is(code, 2);
  assert.match(JSON.parse(stdout).error.message, 'both want stdout');
});

test('launch without an environment says how to name one, and exits 2', async () => {
  const [launched, helped, misspelt, nested] = await Promise.all([
    runCli('src/cli/launch.ts', ['web']),
    runCli('src/cli/launch.ts', ['--help']),
    runCli('src/cli/launch.ts', ['status', '--evn', 'dev']),
    runCli('src/cli/launch.ts', ['secrets', 'set', '--env', 'dev']),
  ]);
  assert.is(launched.code, 2);
  assert.match(launched.stderr, /^✗ which environment\?\n {2}hint: Name it with --env/);
  assert.is(helped.code, 0);
  assert.match(helped.stdout, /^Usage: launch/);
  assert.is(misspelt.code, 2);
  assert.match(misspelt.stderr, 'Did you mean --env?');
  assert.is(nested.code, 2);
  assert.match(nested.stderr, 'See launch secrets set --help.');
});

test('the environment may be named before the verb or behind it', async () => {
  const runs = await Promise.all([
    runCli('src/cli/launch.ts', ['--env', 'nope', 'drift']),
    runCli('src/cli/launch.ts', ['stop', '--env', 'nope', '--json']),
  ]);
  // Neither is refused for its command line: what is missing is an engine, or the environment.
  for (const { stdout, stderr } of runs) assert.not.match(stdout + stderr, /"USAGE"|which environment/);
});

test.run();
