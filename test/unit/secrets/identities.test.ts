import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { inspect } from 'node:util';
import * as assert from 'uvu/assert';
import { findIdentities, usualKeyFile } from '../../../src/secrets/identities.ts';
import { addIdentity } from '../../../src/secrets/new-identity.ts';
import { isSame, recipientOf } from '../../../src/secrets/recipients.ts';
import { rejects } from '../../support/rejects.ts';
import { suite } from '../../support/suite.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { someIdentity } from './samples.ts';

const test = suite('identities and recipients');

test('identities come from both variables, else from the usual file', async () => {
  const [a, b, c, d] = [
    await someIdentity(),
    await someIdentity(),
    await someIdentity(),
    await someIdentity(),
  ];
  await using folder = await temporaryFolder();
  const env = { XDG_CONFIG_HOME: folder.path };
  const [usual, named] = [usualKeyFile(env), join(folder.path, 'named.txt')];
  await keyFile(usual, `# comment\n\n${c.text}\n`);
  await keyFile(named, d.text);
  const from = async (more: Record<string, string>) =>
    (await findIdentities({ ...env, ...more })).age.map((one) => [one.recipient, one.from]);
  assert.equal(await from({}), [[c.recipient.id, usual]]);
  assert.equal(await from({ SOPS_AGE_KEY: `${a.text} ${b.text}` }), [
    [a.recipient.id, 'SOPS_AGE_KEY'],
    [b.recipient.id, 'SOPS_AGE_KEY'],
  ]);
  assert.equal(await from({ SOPS_AGE_KEY_FILE: named }), [[d.recipient.id, named]]);
  assert.equal((await from({ SOPS_AGE_KEY: a.text, SOPS_AGE_KEY_FILE: named })).length, 2);
});

test('no identity is no error yet, and says where was looked', async () => {
  await using folder = await temporaryFolder();
  const { age, lookedIn } = await findIdentities({ XDG_CONFIG_HOME: folder.path });
  assert.equal(age, []);
  assert.equal(lookedIn, ['SOPS_AGE_KEY', 'SOPS_AGE_KEY_FILE', join(folder.path, 'sops/age/keys.txt')]);
});

test('a key file that others can read or write is refused with the command that closes it', async () => {
  const me = await someIdentity();
  await using folder = await temporaryFolder();
  const file = join(folder.path, "it's mine.txt");
  for (const mode of [0o640, 0o604, 0o620, 0o601, 0o777]) {
    await keyFile(file, me.text, mode);
    const error = await rejects(findIdentities({ SOPS_AGE_KEY_FILE: file }), { code: 'SECRETS_LOCKED' });
    assert.match(error.hint ?? '', `chmod 600 '${folder.path}/it'\\''s mine.txt'`);
    assert.match(error.message, `mode 0${mode.toString(8)}`);
  }
  for (const mode of [0o600, 0o400]) {
    await keyFile(file, me.text, mode);
    assert.is((await findIdentities({ SOPS_AGE_KEY_FILE: file })).age.length, 1);
  }
});

test('a named key file that is not there is an error', async () => {
  await using folder = await temporaryFolder();
  const error = await rejects(findIdentities({ SOPS_AGE_KEY_FILE: join(folder.path, 'none') }), {
    code: 'SECRETS_LOCKED',
  });
  assert.match(error.message, /none, which SOPS_AGE_KEY_FILE names, cannot be read: ENOENT/);
});

test('other kinds of identities are passed over, and a line that is none is never shown', async () => {
  const me = await someIdentity();
  const kinds = await findIdentities({
    SOPS_AGE_KEY: `AGE-PLUGIN-YUBIKEY-1XYZ\nAGE-SECRET-KEY-PQ-1ABC\n${me.text}\n`,
  });
  assert.equal(kinds.passedOver, [
    'the identity of an age plugin (SOPS_AGE_KEY:1)',
    'a post-quantum identity (SOPS_AGE_KEY:2)',
  ]);
  assert.is(kinds.age.length, 1);
  for (const bad of [me.text.slice(0, -1), `${me.text}X`, me.text.toLowerCase(), 'hunter2']) {
    const error = await rejects(findIdentities({ SOPS_AGE_KEY: `# x\n${bad}` }), { code: 'SECRETS_LOCKED' });
    assert.match(error.message, 'SOPS_AGE_KEY:2 is no age identity');
    assert.not.match(inspect(error), bad);
  }
});

test('an identity is never printed', async () => {
  const me = await someIdentity();
  const found = await findIdentities({ SOPS_AGE_KEY: me.text });
  assert.not.match(inspect(found, { depth: 9, showHidden: true }) + JSON.stringify(found), me.text);
});

test('a new identity is appended to the key file, which only the user can read', async () => {
  await using folder = await temporaryFolder();
  const env = { XDG_CONFIG_HOME: join(folder.path, 'config') };
  const first = await addIdentity(env);
  const file = usualKeyFile(env);
  assert.is((await stat(file)).mode & 0o777, 0o600);
  assert.is((await stat(dirname(file))).mode & 0o777, 0o700);
  await writeFile(file, (await readFile(file, 'utf8')).trimEnd());
  const second = await addIdentity(env);
  assert.equal(
    (await findIdentities(env)).age.map(({ recipient }) => recipient),
    [first.recipient, second.recipient],
  );
  assert.match(await readFile(file, 'utf8'), `# public key: ${second.recipient}\nAGE-SECRET-KEY-1`);
});

test('recipients are age X25519 keys and whole OpenPGP fingerprints; others are refused with the reason', async () => {
  const { recipient, text } = await someIdentity();
  assert.equal(recipientOf(` ${recipient.id} `), recipient);
  const fingerprint = '0123456789ABCDEF0123456789ABCDEF01234567';
  assert.equal(recipientOf('0123 4567 89ab cdef 0123  4567 89ab cdef 0123 4567'), {
    kind: 'pgp',
    id: fingerprint,
  });
  assert.equal(recipientOf(`0x${fingerprint}!`), { kind: 'pgp', id: `${fingerprint}!` });
  const cases = [
    ['ssh-ed25519 AAAAC3Nz', /ssh key/],
    [`age1pq1${'q'.repeat(60)}`, /post-quantum/],
    ['age1yubikey1qwerty', /plugin/],
    [text, /is a secret key/],
    [`${recipient.id.slice(0, -1)}${recipient.id.endsWith('q') ? 'p' : 'q'}`, /wrong or missing/],
    [recipient.id.slice(0, -1), /wrong or missing/],
    ['89ABCDEF01234567', /short id/],
    ['me@example.org', /neither/],
    ['', /neither/],
  ] as const;
  for (const [wrong, reason] of cases) assert.match(String(recipientOf(wrong)), reason);
  assert.ok(isSame({ kind: 'pgp', id: fingerprint.toLowerCase() }, { kind: 'pgp', id: fingerprint }));
});

test.run();

async function keyFile(file: string, text: string, mode = 0o600): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text).catch(async () => {
    await chmod(file, 0o600);
    await writeFile(file, text);
  });
  await chmod(file, mode);
}
