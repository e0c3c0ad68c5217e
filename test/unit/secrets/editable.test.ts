import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { newDataKey } from '../../../src/secrets/data-key.ts';
import { decryptedText } from '../../../src/secrets/decrypted-text.ts';
import { encryptedTextOf } from '../../../src/secrets/encrypted-text.ts';
import { knownValues } from '../../../src/secrets/known-values.ts';
import { rejects } from '../../support/rejects.ts';
import { suite } from '../../support/suite.ts';
import { encrypted, openedFile, secretsFolder, someIdentity } from './samples.ts';

const test = suite('edited secrets', { deadline: 30_000 });

const encryptAll = (text: string) =>
  encryptedTextOf(text, { shown: 'secrets.yaml', dataKey: newDataKey(), isEncryptedAt: () => true });

test('a file decrypts to the text that it was made from, layout and all', async ({ signal }) => {
  const plain = `# head

a: one   # inline
b:   two
c: [1, two, {d: three}]
block: |
    several
    # lines

list:
- x
# in list
-   z

e_unencrypted: readable # stays
`;
  const me = await someIdentity();
  await using folder = await secretsFolder(await encrypted(plain, [me.recipient], signal));
  assert.is(decryptedText(await openedFile(folder.target, me.identities, signal)), plain);
});

test('what was not changed keeps its encrypted text, in the same place only', async ({ signal }) => {
  const me = await someIdentity();
  await using folder = await secretsFolder(
    await encrypted('# note\na: one\nb: one\nlist: [x, x, z]\n', [me.recipient], signal),
  );
  const opened = await openedFile(folder.target, me.identities, signal);
  const { dataKey, isEncryptedAt } = opened;
  const known = knownValues(opened);
  const before = encryptions(opened.file.text);
  const edited = decryptedText(opened);
  const again = (text: string) =>
    encryptions(encryptedTextOf(text, { shown: '', dataKey, isEncryptedAt, known }));
  assert.equal(again(edited), before.slice(0, 6));
  const more = again(edited.replace('a: one', 'a: other').replace('[x, x, z]', '[x, x, x, z]'));
  assert.equal(
    [more[0], more[2], more[3], more[4], more[6]],
    [before[0], before[2], before[3], before[4], before[5]],
  );
  assert.not(before.includes(more[1] ?? ''), 'a changed value');
  assert.not(before.includes(more[5] ?? ''), 'a third x: an IV is not used for two values');
});

test('any values survive being decrypted, edited and encrypted again', async ({ signal }) => {
  const me = await someIdentity();
  const key = fc.stringMatching(/^[a-z][a-z0-9_]{0,8}$/).filter((name) => !name.endsWith('_unencrypted'));
  const values = fc.dictionary(key, fc.string({ unit: 'grapheme', maxLength: 40 }), {
    minKeys: 1,
    maxKeys: 6,
  });
  await fc.assert(
    fc.asyncProperty(values, async (texts) => {
      const plain = Object.entries(texts)
        .map(
          ([name, text]) =>
            `${name}: ${JSON.stringify(text).replace(/[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)}\n`,
        )
        .join('');
      await using folder = await secretsFolder(await encrypted(plain, [me.recipient], signal));
      const opened = await openedFile(folder.target, me.identities, signal);
      await using again = await secretsFolder(await encrypted(decryptedText(opened), [me.recipient], signal));
      const reopened = await openedFile(again.target, me.identities, signal);
      const found = Object.fromEntries(
        reopened.file.leaves.slice(4).map(({ path }, at) => [path.join('.'), reopened.plain[at + 4]?.text]),
      );
      assert.equal(found, { ...texts });
    }),
    { numRuns: 60 },
  );
});

test('an empty file is a file without secrets', () => {
  assert.is(encryptAll(''), '');
  assert.is(encryptAll('{}\n'), '');
  assert.is(encryptAll('a: \n'), 'a: \n');
});

test('what cannot be a file of secrets is refused with its place, and never with what is written there', async () => {
  const cases: readonly (readonly [text: string, message: RegExp])[] = [
    ['a: *hunter2\n', /^secrets\.yaml:1:4: an alias stands here$/],
    ['a: &hunter2 x\n', /:1:\d+: an anchor or a tag/],
    ['a: !hunter2 x\n', /:1:\d+: an anchor or a tag/],
    ['a: x\nb: "hunter2\n', /:\d+:\d+: not valid YAML/],
    ['a: "\\hunter2"\n', /:1:\d+: not valid YAML/],
    ['a: x\n  hunter2: y\n', /:\d+:\d+: not valid YAML/],
    ['hunter2\n', /:1:1: a file of secrets is a map/],
    ['- hunter2\n', /:1:1: a file of secrets is a map/],
    ['{a: hunter2}\n', /:1:1: write one key a line/],
    ['a: x\na: hunter2\n', /:2:1: this key is there twice/],
    ['a: x\n---\nb: hunter2\n', /:2:1: a second document/],
    ['a: x\n...\n', /ends with/],
    ['12: hunter2\n', /:1:1: the key `12` is not text/],
    ['? [a]\n: hunter2\n', /key must/],
    ['<<: hunter2\n', /is not text/],
    ['  a: hunter2\n', /the first key must start its line/],
    ['a: hunter2\u0007\n', /:1:11: a control character/],
    ['a: 18446744073709551615\n', /too large for SOPS/],
    ['sops: hunter2\n', /`sops` cannot be a secret's name/],
    ['kiln_unencrypted:\n  environment: x\n', /`kiln_unencrypted` cannot/],
    ['%hunter2 x\n---\na: b\n', /:\d+:\d+: not valid YAML/],
    ['a.b: x\na:\n  b: hunter2\n', /:3:6: two secrets are called `a\.b`/],
    ['a: | # hunter2\n  x\n', /a comment stands behind the start of a block/],
  ];
  for (const [text, message] of cases) {
    const error = await rejects(() => encryptAll(text), { code: 'SECRETS_INVALID' });
    assert.match(error.message, message);
    assert.not.match([error.message, error.hint, ...error.details].join('\n'), 'hunter2');
  }
});

test.run();

function encryptions(text: string): string[] {
  return [...text.matchAll(/ENC\[[^\]]*\]/g)].map(([all]) => all);
}
