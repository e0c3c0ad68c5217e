import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import * as assert from 'uvu/assert';
import {
  environmentFile,
  variableProblem,
  variableText,
} from '../../../src/environments/environment-file.ts';
import { suite, type TestOptions } from '../../support/suite.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { readAsSystemd } from './systemd-environment-file.ts';

const test = suite('environment file');

const SPECIAL = [
  '',
  ' ',
  ' lead and trail ',
  '\t',
  '\n',
  '\n\n',
  'a\nB="c"\n',
  '\r\n',
  '\r',
  '"',
  "'",
  '"\n"',
  '\\',
  '\\\\',
  '\\\n',
  '\\n',
  '\\"',
  '$HOME',
  '$(id)',
  '$',
  '`id`',
  '# no comment',
  ';no comment',
  '%h %%',
  '!!',
  '*',
  '~',
  '-n',
  'a=b',
  'ü€😀',
  '\u2028\u202e\u0085\ufeff',
  '\u0001\u001b[31m\u007f',
  JSON.stringify({ a: ['"', '\\', '$x', '`', '\n', null, 1.5] }),
];
const text = fc
  .oneof(
    fc.constantFrom(...SPECIAL),
    fc.array(fc.constantFrom(...SPECIAL), { maxLength: 5 }).map((parts) => parts.join('')),
    fc.string({ unit: 'binary', maxLength: 20 }),
  )
  .filter((value) => variableProblem('k', value) === undefined);
const variables = fc
  .array(text, { minLength: 1, maxLength: 30 })
  .map((texts) => texts.map((value, index) => [`V${index}`, value] as const));

/** What a shell has in each variable after it read the file. */
async function readAsShell(shell: string, file: string, names: readonly string[]): Promise<string[]> {
  const script = `. "$1"; shift; for name do eval "printf '%s\\\\0' \\"\\$$name\\""; done`;
  const { stdout, stderr, status } = spawnSync(shell, ['-c', script, shell, file, ...names], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'] },
    // bash takes node's pipe for a network connection, and then reads .bashrc
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  assert.is(status, 0, stderr);
  assert.is(stderr, '');
  return stdout.split('\0').slice(0, -1);
}

for (const shell of ['sh', 'bash']) {
  const isThere = spawnSync(shell, ['-c', ':']).error === undefined;
  const options: TestOptions = { skip: isThere ? false : `there is no ${shell}`, deadline: 60_000 };
  test(
    `${shell} reads every value back as it was`,
    async () => {
      await using folder = await temporaryFolder();
      const file = join(folder.path, 'environment');
      await fc.assert(
        fc.asyncProperty(variables, async (all) => {
          await writeFile(file, environmentFile(all));
          const read = await readAsShell(
            shell,
            file,
            all.map(([name]) => name),
          );
          assert.equal(
            read,
            all.map(([, value]) => value),
          );
        }),
        { numRuns: 60 },
      );
    },
    options,
  );
}

test('systemd reads every value back as it was, by its rules', () => {
  fc.assert(
    fc.property(variables, (all) => {
      assert.equal(readAsSystemd(environmentFile(all)), new Map(all));
    }),
  );
});

test('a plain value is readable', () => {
  assert.is(environmentFile([['GREETING', 'Hello, world']]), 'GREETING="Hello, world"\n');
});

test('strings stand as they are, everything else as JSON', () => {
  assert.is(variableText('007'), '007');
  assert.is(variableText(1.5), '1.5');
  assert.is(variableText(true), 'true');
  assert.is(variableText(['a', 1]), '["a",1]');
  assert.is(variableText({ a: { b: [] } }), '{"a":{"b":[]}}');
});

test('lists and maps lose nothing, whatever characters are in them', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary' })), (list) => {
      assert.equal(JSON.parse(variableText(list)), list);
      assert.is(variableProblem('k', list), undefined);
    }),
  );
  assert.is(variableText(['\0\uffff\ud800\u{1fffe}']), String.raw`["\u0000\uffff\ud800\ud83f\udffe"]`);
});

test('what a variable cannot carry is told', () => {
  assert.match(variableProblem('k', 'a\0b') ?? '', 'NUL');
  for (const bad of ['\ud800', '\udc00a', '\uffff', '\ufdd0', '\u{10ffff}'])
    assert.match(variableProblem('k', `a${bad}`) ?? '', 'no text');
});

test('a value may be as long as Linux lets it be', () => {
  const longest = 'x'.repeat(131_072 - 'K=\0'.length);
  assert.is(variableProblem('k', longest), undefined);
  assert.match(variableProblem('k', `${longest}x`) ?? '', '131073 bytes');
  assert.match(variableProblem('k', `${longest.slice(1)}ü`) ?? '', 'too long');
});

test('a name that a shell, a loader or Kiln has another use for is refused', () => {
  for (const key of ['path', 'ifs', 'uid', 'home', 'ld_preload', 'bash_env', 'kiln_node', 'random', 'groups'])
    assert.match(variableProblem(key, 'x') ?? '', key.toUpperCase());
  for (const key of ['paths', 'port', 'user', 'old', 'kilns', 'env', 'seconds_left'])
    assert.is(variableProblem(key, 'x'), undefined);
});

test.run();
