import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { openSecrets } from '../../../src/secrets/open-secrets.ts';
import type { Recipient } from '../../../src/secrets/recipients.ts';
import { rejects } from '../../support/rejects.ts';
import { suite } from '../../support/suite.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { findRealSops, run } from './real-sops.ts';
import { encrypted, revealed, secretsFolder, someIdentity, withVariables } from './samples.ts';

const sops = await findRealSops();
const skip = await run('gpg', ['--version']).then(
  () => false as const,
  () => 'gpg is not installed',
);
const test = suite('OpenPGP recipients', { deadline: 120_000, skip });
const nobody = { age: [], lookedIn: ['nowhere'], passedOver: [] };

test('a file for an OpenPGP key opens with it, and not without', async ({ signal }) => {
  await using gpg = await keyring(signal);
  const other = await someIdentity();
  const bytes = await encrypted('token: abcdef\n', [gpg.recipient, other.recipient], signal);
  await using folder = await secretsFolder(bytes);
  assert.equal(await revealed(folder.target, nobody, signal), { token: 'abcdef' });
  assert.equal(
    await revealed(folder.target, other.identities, signal),
    { token: 'abcdef' },
    'the age key opens it too',
  );
  await using stranger = await keyring(signal);
  const error = await rejects(openSecrets(folder.target, nobody, signal), { code: 'SECRETS_LOCKED' });
  assert.match(error.details.join('\n'), `it is for: OpenPGP ${gpg.recipient.id}`);
  assert.match(error.details.join('\n'), new RegExp(`gpg, for ${gpg.recipient.id}: .*No secret key`));
  assert.is.not(stranger.recipient.id, gpg.recipient.id);
});

test(
  'sops and we open each other’s files with an OpenPGP key',
  async ({ signal }) => {
    if (sops.skip !== false) return;
    const program = await sops.path(signal);
    await using gpg = await keyring(signal);
    await using folder = await secretsFolder(await encrypted('token: abcdef\n', [gpg.recipient], signal));
    assert.match(await run(program, ['decrypt', folder.file], {}, 0, signal), /^token: abcdef$/m);
    await run(program, ['set', folder.file, '["more"]', '"x"'], {}, 0, signal);
    assert.equal(await revealed(folder.target, nobody, signal), { token: 'abcdef', more: 'x' });
    const plain = join(folder.path, 'plain.yaml');
    await writeFile(plain, 'a: b\n');
    await writeFile(
      folder.file,
      await run(program, ['encrypt', '--pgp', gpg.recipient.id, plain], {}, 0, signal),
    );
    const error = await rejects(openSecrets(folder.target, nobody, signal), { code: 'SECRETS_INVALID' });
    assert.match(error.message, 'not bound', 'the MAC holds, and only the binding is missing');
  },
  { skip: skip || sops.skip },
);

test('a key that gpg does not know is said to be missing, with how to get it', async ({ signal }) => {
  await using gpg = await keyring(signal);
  const unknown: Recipient = { kind: 'pgp', id: 'F'.repeat(40) };
  const error = await rejects(encrypted('a: b\n', [gpg.recipient, unknown], signal), {
    code: 'SECRETS_LOCKED',
  });
  assert.match(error.message, /gpg cannot encrypt for the OpenPGP key F{40}: /);
  assert.match(error.hint ?? '', 'gpg --import');
});

test('the data key is in no argument and in no variable of gpg, and no gpg is a host tool that is missing', async ({
  signal,
}) => {
  await using folder = await temporaryFolder();
  const spy = join(folder.path, 'spy');
  await writeFile(
    spy,
    `#!/bin/sh\n{ printf '%s\\n' "$@"; env; } > ${folder.path}/seen\ncat > ${folder.path}/stdin\necho armour\n`,
  );
  await chmod(spy, 0o755);
  {
    using _ = withVariables({ SOPS_GPG_EXEC: spy });
    await encrypted('a: b\n', [{ kind: 'pgp', id: 'A'.repeat(40) }], signal);
  }
  const [seen, key] = [await readFile(join(folder.path, 'seen')), await readFile(join(folder.path, 'stdin'))];
  assert.is(key.length, 32);
  for (const form of ['base64', 'hex', 'latin1'] as const)
    assert.not(seen.includes(key.toString(form)), form);
  assert.not(seen.includes(key));
  using _ = withVariables({ SOPS_GPG_EXEC: join(folder.path, 'none') });
  await rejects(encrypted('a: b\n', [{ kind: 'pgp', id: 'A'.repeat(40) }], signal), {
    code: 'HOST_TOOL_MISSING',
  });
});

test.run();

/** A keyring of its own with one key without a passphrase; gpg uses it until it is disposed of. */
async function keyring(signal: AbortSignal) {
  const folder = await temporaryFolder();
  const home = join(folder.path, 'gpg');
  await mkdir(home, { mode: 0o700 });
  const variables = withVariables({ GNUPGHOME: home });
  const args = ['--batch', '--pinentry-mode', 'loopback', '--passphrase', ''];
  await run(
    'gpg',
    [...args, '--quick-generate-key', 'kiln test <test@example.org>', 'future-default', 'default', 'never'],
    {},
    0,
    signal,
  );
  const listed = await run('gpg', ['--batch', '--with-colons', '--list-secret-keys'], {}, 0, signal);
  const id = /^fpr:+([0-9A-F]{40}):/m.exec(listed)?.[1] ?? '';
  return {
    recipient: { kind: 'pgp', id } as const,
    async [Symbol.asyncDispose]() {
      await run('gpgconf', ['--kill', 'all']).catch(() => {});
      variables[Symbol.dispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}
