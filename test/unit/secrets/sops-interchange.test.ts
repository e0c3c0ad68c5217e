import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { changeSecrets } from '../../../src/secrets/change-secrets.ts';
import { decryptedText } from '../../../src/secrets/decrypted-text.ts';
import { openSecrets } from '../../../src/secrets/open-secrets.ts';
import { rotated } from '../../../src/secrets/rewrap.ts';
import { textWithValue } from '../../../src/secrets/set-value.ts';
import { rejects } from '../../support/rejects.ts';
import { suite } from '../../support/suite.ts';
import { findRealSops, run } from './real-sops.ts';
import { encrypted, openedFile, revealed, secretsFolder, someIdentity, withVariables } from './samples.ts';

const sops = await findRealSops();
const test = suite('files exchanged with the real sops', { deadline: 600_000, skip: sops.skip });

/** Every kind of value that go-yaml tells apart, in maps, lists and both in each other, with comments everywhere. */
const RICH = `# head of the file

# second block
text: some text   # inline
quoted: "with \\"quotes\\" and \\u00e4"
block: |
  several
  lines # no comment
folded: >-
  one
  line
empty: ""
nothing:
integer: 42
negative: -7
hex: 0x1F
octal: 0777
octal2: 0o17
binary: 0b101
underscores: 1_000
float: 1.5
exponent: 1e3
small: 1e-7
huge: 1.5e300
whole: 2.0
infinite: .inf
truth: true
lie: False
no: no
date: 2001-01-01
time: 2001-12-14t21:59:43.10-05:00
version: 1.2.3
leading: 08
nested: # behind nested
  # in nested
  deep:
    deeper: x
    # foot of deep
  list: # behind list
    # in list
    - one # behind one
    - 2
    - [3, four]
    - key: value
      # in the map of the list
      other: false
    - {a: 1, "b": two}
  # foot of nested
plain_unencrypted:
  - 1
  - 1.50
  - 2001-01-01T10:00:00Z
  - False
  - 0x1F
  - "str"
  # comment that stays readable
last: ['p', "q"]
# very last
`;

test('the program is there', async ({ signal }) => {
  assert.match(await run(await sops.path(signal), ['--version', '--disable-version-check']), /sops/);
});

test('a file that sops wrote opens here, every type of value, nested, with comments', async ({ signal }) => {
  await using it = await exchange(signal);
  await writeFile(it.plain, RICH);
  await writeFile(it.file, await it.sops(['encrypt', '--age', it.recipient.id, it.plain]));
  const opened = await openedFile(it.target, it.identities, signal);
  const ours = Object.fromEntries(
    opened.plain.flatMap((value, at) =>
      value === undefined || value.type === 'comment'
        ? []
        : [[opened.file.leaves[at]?.path.join('.'), `${value.type} ${value.text}`]],
    ),
  );
  assert.equal(ours, VALUES);
  const text = decryptedText(opened);
  for (const comment of COMMENTS) assert.match(text, `#${comment}`);
  assert.not.match(text, 'ENC[');
});

test('a file that we wrote opens in sops, with the same values and comments', async ({ signal }) => {
  await using it = await exchange(signal);
  await writeFile(it.file, await encrypted(RICH, [it.recipient], signal));
  const [ours, theirs] = [await it.sops(['decrypt', it.file]), await plainBySops(it, RICH)];
  assert.is(ours.replace(/^kiln_unencrypted:\n(?: {4}.*\n)+/, ''), theirs);
  for (const comment of COMMENTS) assert.match(ours, `#${comment}`);
});

test('sops decrypts our comments, wherever they stand', async ({ signal }) => {
  await using it = await exchange(signal);
  for (const plain of [
    'a:\n  b:\n    c: 1\n  # mid\nd: 2\n',
    'a:\n  l:\n    - 1\n  # mid\nd: 2\n',
    'a:\n  l:\n  - 1\n  # mid\nd: 2\n',
    'a:\n  b:\n    c: 1\n    # deep\n  # mid\n# zero\nd: 2\n',
    'l: [1, 2]\n# after flow\nd: {e: f}\n# last\n',
    'a:\n  b: 1\n  # at b\n\nd: 2\n',
    'a:\n  b: 1\n\n  # behind a blank\nd: 2\n',
    'a:\n  l:\n    - 1\n    # at item\n\n  b: 2\n',
    'a:\n  l:\n    - 1\n  # foot\n\n  # other\nd: 2\n',
    'a:\n  b:\n    c: 1\n    # foot\n\n    # other\nd: 2\n',
    'a:\n  b: 1\n  # at the end\n',
    'a:\n# at the start\n  b: 1\n',
    'a: # behind a\n  - 1 # behind 1\n  # before 2\n  - 2\n',
  ]) {
    await writeFile(it.file, await encrypted(plain, [it.recipient], signal));
    const shown = await it.sops(['decrypt', it.file]);
    assert.not.match(shown, 'ENC[', plain);
    assert.is(shown.split('#').length, plain.split('#').length, plain);
  }
});

test('sops changes a file of ours, we change one of sops’s, and both read on', async ({ signal }) => {
  await using it = await exchange(signal);
  await writeFile(it.file, await encrypted('a: one\nb: two\n', [it.recipient], signal));
  await it.sops(['set', it.file, '["c"]', '"three"']);
  await it.sops(['set', it.file, '["map"]', '{"x": 1, "y": [true, null, 1.5]}']);
  assert.equal(await revealed(it.target, it.identities, signal), {
    a: 'one',
    b: 'two',
    c: 'three',
    'map.x': '1',
    'map.y.0': 'True',
    'map.y.2': '1.5',
  });
  await it.set('map.z', 'new');
  await it.set('a', 'other');
  assert.equal(JSON.parse(await it.sops(['decrypt', '--output-type', 'json', it.file])), {
    kiln_unencrypted: JSON.parse(
      await it.sops(['decrypt', '--extract', '["kiln_unencrypted"]', '--output-type', 'json', it.file]),
    ),
    a: 'other',
    b: 'two',
    c: 'three',
    map: { x: 1, y: [true, null, 1.5], z: 'new' },
  });
  await it.sops(['unset', it.file, '["b"]']);
  assert.equal(Object.keys(await revealed(it.target, it.identities, signal)), [
    'a',
    'c',
    'map.x',
    'map.y.0',
    'map.y.2',
    'map.z',
  ]);
});

test('sops writes in the very second after us, and what it wrote is not taken for tampering', async ({
  signal,
}) => {
  await using it = await exchange(signal);
  await writeFile(it.file, await encrypted('a: one\n', [it.recipient], signal));
  await it.sops(['set', it.file, '["b"]', '"two"']);
  await it.set('c', 'three');
  await it.sops(['set', it.file, '["d"]', '"four"']);
  assert.equal(await revealed(it.target, it.identities, signal), {
    a: 'one',
    b: 'two',
    c: 'three',
    d: 'four',
  });
});

test('sops rotates and edits a file of ours', async ({ signal }) => {
  await using it = await exchange(signal);
  await writeFile(it.file, await encrypted(RICH, [it.recipient], signal));
  const before = await revealed(it.target, it.identities, signal);
  await it.sops(['rotate', '--in-place', it.file]);
  assert.equal(await revealed(it.target, it.identities, signal), before);
  await it.sops(['edit', it.file], { EDITOR: `sed -i -e s/some/any/` });
  assert.equal(await revealed(it.target, it.identities, signal), { ...before, text: 'any text' });
});

test('we rotate a file of sops’s, and it opens there', async ({ signal }) => {
  await using it = await exchange(signal);
  await writeFile(it.plain, RICH);
  await writeFile(it.file, await it.sops(['encrypt', '--age', it.recipient.id, it.plain]));
  const before = await it.sops(['decrypt', it.file]);
  await changeSecrets(
    { target: it.target, identities: it.identities, unbound: true },
    (opened) => rotated(opened, [it.recipient], signal),
    signal,
  );
  assert.is((await it.sops(['decrypt', it.file])).replace(/^kiln_unencrypted:\n(?: {4}.*\n)+/, ''), before);
});

test('other recipients by `sops updatekeys` are refused until they are sealed, as nobody can tell them from tampering', async ({
  signal,
}) => {
  await using it = await exchange(signal);
  const second = await someIdentity();
  await writeFile(it.file, await encrypted('a: one\n', [it.recipient], signal));
  await writeFile(
    join(it.path, '.sops.yaml'),
    `creation_rules:\n  - age: ${it.recipient.id},${second.recipient.id}\n`,
  );
  await it.sops(['--config', join(it.path, '.sops.yaml'), 'updatekeys', '--yes', it.file]);
  const refused = await rejects(openSecrets(it.target, second.identities, signal), {
    code: 'SECRETS_INVALID',
  });
  assert.match(refused.hint ?? '', 'launch secrets updatekeys --env prod');
  await it.sops(['set', it.file, '["b"]', '"two"']);
  assert.equal(
    await revealed(it.target, second.identities, signal),
    { a: 'one', b: 'two' },
    'who has the data key wrote it anew',
  );
});

for (const [flag, rule] of [
  ['--encrypted-regex', '^(password|token)$'],
  ['--unencrypted-regex', '^(public|kiln_unencrypted)$'],
  ['--encrypted-suffix', '_secret'],
  ['--unencrypted-suffix', '_public'],
] as const) {
  test(`a file with ${flag} is read and written by its rule`, async ({ signal }) => {
    await using it = await exchange(signal);
    await writeFile(
      it.plain,
      'password: one\ntoken:\n  sub: two\n  list: [three]\npublic: four\nx_secret: five\ny_public: six\n',
    );
    await writeFile(it.file, await it.sops(['encrypt', '--age', it.recipient.id, flag, rule, it.plain]));
    const opened = await openedFile(it.target, it.identities, signal);
    assert.equal(
      opened.plain.map((value) => value?.text),
      ['one', 'two', 'three', 'four', 'five', 'six'],
    );
    const key = flag === '--encrypted-suffix' ? 'z_secret' : 'password';
    const changed = textWithValue(opened, key, 'seven') ?? '';
    assert.match(changed, new RegExp(`^${key}: ENC\\[`, 'm'));
    if (flag === '--unencrypted-suffix') return;
    await changeSecrets(
      { target: it.target, identities: it.identities, unbound: true },
      async () => ({ text: changed }),
      signal,
    );
    assert.is(await it.sops(['decrypt', '--extract', `["${key}"]`, it.file]), 'seven');
  });
}

test('whatever text is set here, sops reads it', async ({ signal }) => {
  await using it = await exchange(signal);
  await writeFile(it.file, await encrypted('a: one\n', [it.recipient], signal));
  const texts = fc.sample(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 }), 12);
  for (const text of [
    ...texts,
    'two\nlines\n',
    ' x ',
    '\t',
    '0',
    'null',
    'ENC[AES256_GCM,data:x]',
    '#x',
    "'",
    '"',
    '\u0085\u2028\ufeff',
    '\u0000',
  ]) {
    await it.set('a', text);
    assert.equal(JSON.parse(await it.sops(['decrypt', '--output-type', 'json', it.file])).a, text);
  }
});

test.run();

const COMMENTS = [
  ' head of the file',
  ' second block',
  ' inline',
  ' behind nested',
  ' in nested',
  ' foot of deep',
  ' behind list',
  ' in list',
  ' behind one',
  ' in the map of the list',
  ' foot of nested',
  ' comment that stays readable',
  ' very last',
];

const VALUES = {
  text: 'str some text',
  quoted: 'str with "quotes" and ä',
  block: 'str several\nlines # no comment\n',
  folded: 'str one line',
  empty: 'str ',
  integer: 'int 42',
  negative: 'int -7',
  hex: 'int 31',
  octal: 'int 511',
  octal2: 'int 15',
  binary: 'int 5',
  underscores: 'int 1000',
  float: 'float 1.5',
  exponent: 'float 1000',
  small: 'float 0.0000001',
  huge: `float 15${'0'.repeat(299)}`,
  whole: 'float 2',
  infinite: 'float +Inf',
  truth: 'bool True',
  lie: 'bool False',
  no: 'str no',
  date: 'time 2001-01-01T00:00:00Z',
  time: 'time 2001-12-14T21:59:43.1-05:00',
  version: 'str 1.2.3',
  leading: 'float 8',
  'nested.deep.deeper': 'str x',
  'nested.list.0': 'str one',
  'nested.list.1': 'int 2',
  'nested.list.2.0': 'int 3',
  'nested.list.2.1': 'str four',
  'nested.list.3.key': 'str value',
  'nested.list.3.other': 'bool False',
  'nested.list.4.a': 'int 1',
  'nested.list.4.b': 'str two',
  'plain_unencrypted.0': 'int 1',
  'plain_unencrypted.1': 'float 1.5',
  'plain_unencrypted.2': 'time 2001-01-01T10:00:00Z',
  'plain_unencrypted.3': 'bool False',
  'plain_unencrypted.4': 'int 31',
  'plain_unencrypted.5': 'str str',
  'last.0': 'str p',
  'last.1': 'str q',
};

/** A folder with a key, and sops at work in it. */
async function exchange(signal: AbortSignal) {
  const program = await sops.path(signal);
  const key = await someIdentity();
  const folder = await secretsFolder();
  const keys = join(folder.path, 'keys.txt');
  await writeFile(keys, `${key.text}\n`);
  await chmod(keys, 0o600);
  const home = withVariables({ KILN_HOME: join(folder.path, 'kiln') });
  return {
    ...folder,
    ...key,
    plain: join(folder.path, 'plain.yaml'),
    sops: async (args: readonly string[], env: NodeJS.ProcessEnv = {}) =>
      await run(
        program,
        args,
        {
          SOPS_AGE_KEY_FILE: keys,
          SOPS_AGE_KEY: '',
          HOME: folder.path,
          XDG_CONFIG_HOME: folder.path,
          ...env,
        },
        0,
        signal,
      ),
    /** Sets a value as the verb does. */
    async set(name: string, value: string) {
      await changeSecrets(
        { target: folder.target, identities: key.identities },
        async (opened) => {
          const text = textWithValue(opened, name, value);
          return text === undefined ? undefined : { text };
        },
        signal,
      );
    },
    async [Symbol.asyncDispose]() {
      home[Symbol.dispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** A text as sops writes it once it was encrypted. */
async function plainBySops(it: Awaited<ReturnType<typeof exchange>>, plain: string): Promise<string> {
  await writeFile(it.plain, plain);
  const file = join(it.path, 'theirs.yaml');
  await writeFile(file, await it.sops(['encrypt', '--age', it.recipient.id, it.plain]));
  return await it.sops(['decrypt', file]);
}
