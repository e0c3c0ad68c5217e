import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import * as assert from 'uvu/assert';
import { programOf } from '../../support/program.ts';
import { suite } from '../../support/suite.ts';
import { secretsWorkspace, someIdentity } from './samples.ts';

const test = suite('launch secrets on the command line', { deadline: 120_000 });

test('a secret goes in by stdin and comes out exactly, and nowhere else', async () => {
  const me = await someIdentity();
  await using it = await secretsWorkspace(['prod'], me.text);
  assert.match(
    (await launch(it.root, ['init'])).stdout,
    'made environments/prod/secrets.yaml, bound to prod',
  );

  const set = await launch(it.root, ['set', 'token'], 'pass-w0rd\n');
  assert.equal([set.code, set.stderr], [0, '']);
  assert.is(set.stdout, '✔ token is set in environments/prod/secrets.yaml, revision 2\n');
  assert.is((await launch(it.root, ['show', 'token'])).stdout, 'pass-w0rd');
  const json = await launch(it.root, ['show', 'token', '--json']);
  assert.equal(JSON.parse(json.stdout), { environment: 'prod', name: 'token', value: 'pass-w0rd' });

  await launch(it.root, ['set', 'pem', '--raw'], 'first line\nlast line\n');
  assert.is((await launch(it.root, ['show', 'pem'])).stdout, 'first line\nlast line\n');
  const listed = await launch(it.root, ['show']);
  assert.match(
    listed.stdout,
    /^NAME +TYPE +SIZE\ntoken +text +9 B\npem +text +21 B\nenvironments\/prod\/secrets\.yaml, revision 3, for 1 recipient\n$/,
  );
  const table = JSON.parse((await launch(it.root, ['show', '--json'])).stdout);
  assert.equal(table.secrets[0], { name: 'token', type: 'str', bytes: 9, encrypted: true });
  assert.not.match(await readFile(it.secretsFile('prod'), 'utf8'), /pass-w0rd|first line/);
});

test('what was typed wrong exits 2, says what to do, and never repeats the value', async () => {
  const me = await someIdentity();
  await using it = await secretsWorkspace(['prod'], me.text);
  await launch(it.root, ['init']);
  const empty = await launch(it.root, ['set', 'token'], '\n');
  assert.is(empty.code, 2);
  assert.match(empty.stderr, /the value of `token` is empty/);
  const binary = await launch(it.root, ['set', 'token'], Buffer.from([0x61, 0xff, 0x62]));
  assert.match(binary.stderr, /is not UTF-8 text[\s\S]*base64/);
  const argument = await launch(it.root, ['set', 'token', 'pass-w0rd']);
  assert.is(argument.code, 2);
  assert.not.match(argument.stdout + argument.stderr, 'pass-w0rd');
  const name = await launch(it.root, ['set', 'token=pass-w0rd'], 'x');
  assert.is(name.code, 2);
  assert.not.match(name.stdout + name.stderr, 'pass-w0rd');
  const edit = await launch(it.root, ['edit']);
  assert.is(edit.code, 2);
  assert.match(edit.stderr, 'editing needs a terminal');
});

test.run();

async function launch(cwd: string, args: readonly string[], input: string | Buffer = '') {
  const [verb = '', ...rest] = args;
  const child = spawn(
    process.execPath,
    [...programOf('src/cli/launch.ts'), 'secrets', verb, ...rest, '--env', 'prod'],
    {
      cwd,
      env: { ...process.env, NO_COLOR: '1' },
    },
  );
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const seen = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (text: string) => (seen[name] += text));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, ...seen };
}
