import { readFile, writeFile } from 'node:fs/promises';
import { inspect } from 'node:util';
import * as assert from 'uvu/assert';
import { encryptValue } from '../../../src/secrets/cipher.ts';
import { macOf } from '../../../src/secrets/mac.ts';
import { openSecrets, peekSecrets } from '../../../src/secrets/open-secrets.ts';
import { rejects } from '../../support/rejects.ts';
import { suite } from '../../support/suite.ts';
import { encrypted, openedFile, type revealed, secretsFolder, someIdentity } from './samples.ts';

const test = suite('opening secrets');

test('values come by their names, as secrets that cannot be printed', async ({ signal }) => {
  const me = await someIdentity();
  const plain =
    'token: abcdef\ndb:\n  port: 5432\n  hosts:\n    # first\n    - a\n    - {b: true}\nempty: ""\nnothing:\n';
  await using folder = await secretsFolder(await encrypted(plain, [me.recipient], signal, { revision: 7 }));
  const { revision, modified, values } = await openSecrets(folder.target, me.identities, signal);
  assert.is(revision, 7);
  assert.match(modified, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  assert.equal([...values.keys()], ['token', 'db.port', 'db.hosts.0', 'db.hosts.1.b', 'empty']);
  assert.is(values.get('db.hosts.1.b')?.reveal(), 'True');
  assert.not.match(inspect(values, { depth: 9 }) + JSON.stringify([...values]), 'abcdef');
});

test('a file of another environment is refused, and whose it is is said', async ({ signal }) => {
  const me = await someIdentity();
  const bytes = await encrypted('a: one\n', [me.recipient], signal, { environment: 'staging' });
  await using folder = await secretsFolder(bytes, 'prod');
  const error = await rejects(openSecrets(folder.target, me.identities, signal), { code: 'SECRETS_INVALID' });
  assert.match(error.message, 'has the secrets of staging, not of prod');
});

test('a file whose environment was written over is refused', async ({ signal }) => {
  const me = await someIdentity();
  const bytes = await encrypted('a: one\n', [me.recipient], signal, { environment: 'staging' });
  const copied = bytes.toString().replace('environment: staging', 'environment: prod');
  await using folder = await secretsFolder(copied, 'prod');
  await rejects(openSecrets(folder.target, me.identities, signal), { code: 'SECRETS_INVALID' });
});

test('of an environment’s name and the revision none can become the other’s, though the MAC knows no gap', async ({
  signal,
}) => {
  const me = await someIdentity();
  const bytes = await encrypted('a: one\n', [me.recipient], signal, { environment: 'prod1', revision: 4 });
  await using whole = await secretsFolder(bytes, 'prod1');
  const opened = await openedFile(whole.target, me.identities, signal);
  assert.is(opened.binding?.environment, 'prod1');
  const shifted = bytes
    .toString()
    .replace('environment: prod1', 'environment: prod')
    .replace(/sealed: "(.*)"/, 'sealed: "1$1"');
  await using folder = await secretsFolder(shifted, 'prod');
  await rejects(openSecrets(folder.target, me.identities, signal), { code: 'SECRETS_INVALID' });
});

test('the seal cannot be left out by another way to write the time', async ({ signal }) => {
  const me = await someIdentity();
  const bytes = await encrypted('# note\na: one\n', [me.recipient], signal);
  const changed = bytes
    .toString()
    .replace(/lastmodified: "(.*)Z"/, 'lastmodified: "$1+00:00"')
    .replace(/^#ENC.*\n/m, '');
  await using folder = await secretsFolder(changed);
  const error = await rejects(openSecrets(folder.target, me.identities, signal), { code: 'SECRETS_INVALID' });
  assert.match(error.message, 'changed after it was sealed as revision 1');
});

test('a value moved to another name, and two that changed places, are refused', async ({ signal }) => {
  const me = await someIdentity();
  const text = (await encrypted('a: one\nb: two\n', [me.recipient], signal)).toString();
  const foreign = text.replace(/sealed: ".*"/, 'sealed: "2001-01-01T00:00:00Z"');
  const values = [...text.matchAll(/^([ab]): (ENC.*)$/gm)].map(([, , value = '']) => value);
  const [one = '', two = ''] = values;
  for (const changed of [
    text.replace('\na: ', '\nc: '),
    text.replace(one, two).replace(/^b: .*/m, `b: ${one}`),
    foreign,
  ]) {
    await using folder = await secretsFolder(changed);
    await rejects(openSecrets(folder.target, me.identities, signal), { code: 'SECRETS_INVALID' });
  }
});

test('without the right identity it says whom the file is for and what was tried, and no value', async ({
  signal,
}) => {
  const [mine, other, third] = [await someIdentity(), await someIdentity(), await someIdentity()];
  await using folder = await secretsFolder(
    await encrypted('a: hunter2\n', [other.recipient, third.recipient], signal),
  );
  const error = await rejects(openSecrets(folder.target, mine.identities, signal), {
    code: 'SECRETS_LOCKED',
  });
  const said = [error.message, ...error.details, error.hint].join('\n');
  for (const { recipient } of [other, third]) assert.match(said, `it is for: ${recipient.id}`);
  assert.match(said, `tried: ${mine.recipient.id} (test)`);
  assert.match(said, 'launch secrets updatekeys --env prod');
  assert.not.match(said, /hunter2|AGE-SECRET/);
});

test('with no identity at all it says where was looked', async ({ signal }) => {
  const other = await someIdentity();
  await using folder = await secretsFolder(await encrypted('a: b\n', [other.recipient], signal));
  const nobody = {
    age: [],
    lookedIn: ['SOPS_AGE_KEY', '/home/me/keys.txt'],
    passedOver: ['a post-quantum identity (k:1)'],
  };
  const error = await rejects(openSecrets(folder.target, nobody, signal), { code: 'SECRETS_LOCKED' });
  assert.match(error.details.join('\n'), 'there is no age identity in SOPS_AGE_KEY, /home/me/keys.txt');
  assert.match(error.details.join('\n'), 'not supported: a post-quantum identity (k:1)');
});

test('a file that is bound to no environment is refused with the command that binds it', async ({
  signal,
}) => {
  const me = await someIdentity();
  const text = (await encrypted('a: one\n', [me.recipient], signal)).toString();
  const unbound = withMac(
    text.replace(/^kiln_unencrypted:\n(?: {4}.*\n)+/, ''),
    await dataKeyOf(text, me.identities, signal),
  );
  await using folder = await secretsFolder(unbound);
  const error = await rejects(openSecrets(folder.target, me.identities, signal), { code: 'SECRETS_INVALID' });
  assert.match(error.hint ?? '', 'launch secrets init --env prod');
  assert.equal(await peekSecrets(folder.target, signal), {
    names: new Map([['a', { line: 1, column: 1 }]]),
    environment: undefined,
    revision: undefined,
  });
});

test('what it cannot vouch for is not supported, and says so', async ({ signal }) => {
  const me = await someIdentity();
  const text = (await encrypted('a: one\n', [me.recipient], signal)).toString();
  const cases: readonly (readonly [changed: string, message: RegExp])[] = [
    [
      text.replace('    version:', '    mac_only_encrypted: true\n    version:'),
      /mac_only_encrypted, which is not supported/,
    ],
    [
      text.replace(/ {4}age:\n(?: {8}.*\n)+/, '    key_groups:\n        - age: []\n'),
      /key groups, which are not supported/,
    ],
    [text.replace(/ {4}age:\n(?: {8}.*\n)+/, ''), /is for nobody/],
    [
      text.replace('unencrypted_suffix: _unencrypted', 'encrypted_comment_regex: x'),
      /comments do not say here/,
    ],
    [text.replace('    version:', '    encrypted_suffix: x\n    version:'), /more than one of/],
    [
      text.replace('    version:', '    strange: x\n    version:'),
      /^secrets\.yaml:\d+:5: in the block `sops`, unknown key `strange`/,
    ],
    [text.replace(/^ {4}mac:.*\n/m, ''), /`mac` is missing/],
    ['a: hunter2\n', /is not encrypted: it has no block `sops`/],
    [
      text.replace(/^sops:[\s\S]*/m, 'sops: hunter2\n'),
      /in the block `sops`, what stands there is not as SOPS writes it/,
    ],
    [text.replace(/lastmodified: .*/, 'lastmodified: hunter2'), /`lastmodified` is not as SOPS writes it/],
    ['a: "x\n', /^secrets\.yaml:\d+:\d+: not valid YAML/],
    [text.replace(/^a: .*/m, 'a: hunter2'), /changed after it was sealed/],
    [text.replace('kiln_unencrypted:', 'b_unencrypted: x\nkiln_unencrypted:'), /must be the first one/],
    [text.replace(/^ {4}seal:.*\n/m, ''), /is not as kiln writes it/],
  ];
  for (const [changed, message] of cases) {
    await using folder = await secretsFolder(changed);
    const error = await rejects(openSecrets(folder.target, me.identities, signal), {
      code: 'SECRETS_INVALID',
    });
    assert.match(error.message, message);
    assert.not.match([error.message, error.hint, ...error.details].join('\n'), 'hunter2');
  }
});

test('a file for keys of a cloud alone is locked, and says that these are not supported', async ({
  signal,
}) => {
  const me = await someIdentity();
  const text = (await encrypted('a: one\n', [me.recipient], signal)).toString();
  const changed = text
    .replace(/ {4}age:\n(?: {8}.*\n)+/, '    kms:\n        - arn: "arn:aws:kms:x"\n')
    .replace(/sealed: ".*"/, 'sealed: "2001-01-01T00:00:00Z"');
  await using folder = await secretsFolder(changed);
  const error = await rejects(openSecrets(folder.target, me.identities, signal), { code: 'SECRETS_LOCKED' });
  assert.match(error.details.join('\n'), 'keys of kms, which are not supported');
});

test('everybody can see names, environment and revision, and no file is no secrets', async ({ signal }) => {
  const other = await someIdentity();
  await using folder = await secretsFolder(
    await encrypted('a: one\nb:\n  c: 1\n  d:\n  e: [x]\n', [other.recipient], signal, { revision: 3 }),
  );
  const peeked = await peekSecrets(folder.target, signal);
  const lines = (await readFile(folder.file, 'utf8')).split('\n');
  assert.equal(
    [...(peeked?.names ?? [])].map(([name, { line, column }]) => [
      name,
      lines[line - 1]?.slice(column - 1).replace(/(?<=:|ENC).*/, ''),
    ]),
    [
      ['a', 'a:'],
      ['b.c', 'c:'],
      ['b.e.0', '"ENC'],
    ],
  );
  assert.equal([peeked?.environment, peeked?.revision], ['prod', 3]);
  await writeFile(folder.file, (await readFile(folder.file, 'utf8')).replace('\nb:', '\nbb:'));
  await rejects(peekSecrets(folder.target, signal), { code: 'SECRETS_INVALID' });
  await using none = await secretsFolder();
  assert.is(await peekSecrets(none.target, signal), undefined);
  await rejects(openSecrets(none.target, { age: [], lookedIn: [], passedOver: [] }, signal), {
    code: 'FILE_MISSING',
  });
});

test('older files of a map’s leaves stay what they were: sops 3 without a rule has the default one', async ({
  signal,
}) => {
  const me = await someIdentity();
  const text = (await encrypted('a: one\nb_unencrypted: two\n', [me.recipient], signal)).toString();
  const key = await dataKeyOf(text, me.identities, signal);
  const old = text
    .replace(/^kiln_unencrypted:\n(?: {4}.*\n)+/, '')
    .replace(/^ {4}unencrypted_suffix:.*\n/m, '    kms: []\n    pgp: null\n');
  await using folder = await secretsFolder(withMac(old, key, ['one', 'two']));
  const opened = await openedFile(folder.target, me.identities, signal);
  assert.equal(
    opened.plain.map((value) => value?.text),
    ['one', 'two'],
  );
});

test.run();

async function dataKeyOf(
  text: string,
  identities: Parameters<typeof revealed>[1],
  signal: AbortSignal,
): Promise<Buffer> {
  await using folder = await secretsFolder(text);
  return (await openedFile(folder.target, identities, signal)).dataKey;
}

/** What somebody with the data key would write. */
function withMac(text: string, dataKey: Buffer, values: readonly string[] = ['one']): string {
  const time = /lastmodified: "(.*)"/.exec(text)?.[1] ?? '';
  const mac = encryptValue(
    { type: 'str', text: macOf(values.map((value) => ({ type: 'str', text: value }))) },
    dataKey,
    time,
  );
  return text.replace(/^( {4}mac:).*$/m, `$1 ${mac}`);
}
