import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as assert from 'uvu/assert';
import { type Editor, editSecrets } from '../../../src/app/secrets/edit-secrets.ts';
import { editorCommand } from '../../../src/app/secrets/editor-command.ts';
import { initSecrets } from '../../../src/app/secrets/init-secrets.ts';
import { rotateSecrets } from '../../../src/app/secrets/rotate-secrets.ts';
import { setSecret } from '../../../src/app/secrets/set-secret.ts';
import { listSecrets, showSecret } from '../../../src/app/secrets/show-secrets.ts';
import { updateKeys } from '../../../src/app/secrets/update-keys.ts';
import { Scope } from '../../../src/core/scope.ts';
import { Secret } from '../../../src/core/secret.ts';
import { readBytes } from '../../../src/secrets/read-secrets.ts';
import { folderInMemory } from '../../../src/secrets/tmpfs.ts';
import { rejects } from '../../support/rejects.ts';
import { suite } from '../../support/suite.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { openedFile, revealed, secretsWorkspace, someIdentity, withVariables } from './samples.ts';

const test = suite('verbs on secrets', { deadline: 30_000 });

test('init without anything makes a key, a rule and an empty file; the second time nothing', async ({
  signal,
}) => {
  await using it = await secretsWorkspace(['prod']);
  const request = { workspace: it.root, environment: 'prod', recipients: [] };
  const made = await initSecrets(request, signal);
  assert.is(made.state, 'created');
  assert.is(made.identity?.file, it.keys);
  assert.is(made.rule, '.sops.yaml');
  assert.not(made.locked);
  assert.is((await stat(it.keys)).mode & 0o777, 0o600);
  const files = await Promise.all(
    [it.keys, it.secretsFile('prod'), join(it.root, '.sops.yaml')].map((file) => readFile(file)),
  );
  const again = await initSecrets(request, signal);
  assert.equal(
    [again.state, again.changed, again.identity, again.rule],
    ['there', false, undefined, undefined],
  );
  assert.equal(
    await Promise.all(
      [it.keys, it.secretsFile('prod'), join(it.root, '.sops.yaml')].map((file) => readFile(file)),
    ),
    files,
  );
});

test('init takes the recipients that are named, or those of the rule that is there', async ({ signal }) => {
  const [me, other] = [await someIdentity(), await someIdentity()];
  await using it = await secretsWorkspace(['dev', 'prod'], me.text);
  const dev = await initSecrets({ workspace: it.root, environment: 'dev', recipients: [] }, signal);
  assert.equal(dev.recipients, [me.recipient.id]);
  const prod = await initSecrets(
    { workspace: it.root, environment: 'prod', recipients: [other.recipient.id] },
    signal,
  );
  assert.equal([prod.recipients, prod.locked], [[other.recipient.id], true]);
  await rejects(listSecrets({ workspace: it.root, environment: 'prod' }, signal), { code: 'SECRETS_LOCKED' });
  const conflict = await rejects(
    initSecrets({ workspace: it.root, environment: 'prod', recipients: [me.recipient.id] }, signal),
    { code: 'USAGE' },
  );
  assert.match(
    conflict.message,
    /^\.sops\.yaml:\d+ already says whom environments\/prod\/secrets\.yaml is for$/,
  );
  const wrong = await rejects(
    initSecrets({ workspace: it.root, environment: 'prod', recipients: [me.text] }, signal),
    { code: 'USAGE' },
  );
  assert.not.match(wrong.message, me.text);
});

test('init before a rule for all files makes one for this environment’s alone', async ({ signal }) => {
  const [me, other] = [await someIdentity(), await someIdentity()];
  await using it = await secretsWorkspace(['prod'], me.text);
  await writeFile(
    join(it.root, '.sops.yaml'),
    `creation_rules:\n  # everybody\n  - age: ${other.recipient.id}\n`,
  );
  const made = await initSecrets(
    { workspace: it.root, environment: 'prod', recipients: [me.recipient.id] },
    signal,
  );
  assert.equal(made.recipients, [me.recipient.id]);
  assert.match(await readFile(join(it.root, '.sops.yaml'), 'utf8'), /prod[\s\S]*# everybody/);
});

test('set and show give a value back exactly; a value that is the same writes nothing', async ({
  signal,
}) => {
  const me = await someIdentity();
  await using it = await initialized(me, signal);
  for (const value of ['hunter22', 'several\nlines\n', ' blanks ', 'ä€😀', 'x'.repeat(100_000)]) {
    await it.set('token', value);
    assert.is((await showSecret({ ...it.request, name: 'token' }, signal)).reveal(), value);
  }
  const before = await readFile(it.file);
  assert.not((await it.set('token', 'x'.repeat(100_000))).changed);
  assert.equal(await readFile(it.file), before);
  const listed = await listSecrets(it.request, signal);
  assert.equal(listed.secrets, [{ name: 'token', type: 'str', bytes: 100_000, encrypted: true }]);
  assert.is(listed.revision, 6);
  const unknown = await rejects(showSecret({ ...it.request, name: 'tokem' }, signal), { code: 'USAGE' });
  assert.match(unknown.hint ?? '', 'token');
});

test('set changes one line, the binding, the time and the MAC, and no other', async ({ signal }) => {
  const me = await someIdentity();
  await using it = await initialized(me, signal);
  await it.set('a', 'one');
  await it.set('b', 'two');
  const before = (await readFile(it.file, 'utf8')).split('\n');
  await it.set('a', 'three');
  const after = (await readFile(it.file, 'utf8')).split('\n');
  const changed = after.filter((line, at) => line !== before[at]).map((line) => line.trim().split(':')[0]);
  const always = changed.filter((key) => !['sealed', 'lastmodified'].includes(key ?? ''));
  assert.equal(always, ['revision', 'seal', 'a', 'mac']);
});

test('set refuses what cannot be a secret, and never says the value', async ({ signal }) => {
  const me = await someIdentity();
  await using it = await initialized(me, signal);
  await it.set('map.key', 'x');
  await writeFile(it.file, await readFile(it.file));
  for (const [name, value] of [
    ['', 'hunter2'],
    ['a b', 'hunter2'],
    ['../a', 'hunter2'],
    ['sops', 'hunter2'],
    ['sops.mac', 'hunter2'],
    ['kiln_unencrypted', 'hunter2'],
    ['a_unencrypted', 'hunter2'],
    ['empty', ''],
    ['large', 'hunter2'.repeat(40_000)],
  ] as const) {
    const error = await rejects(it.set(name, value), { code: 'USAGE' });
    assert.not.match([error.message, error.hint].join(), 'hunter2');
  }
});

test('many that set at once lose nothing', async ({ signal }) => {
  const me = await someIdentity();
  await using it = await initialized(me, signal);
  await Promise.all(['a', 'b', 'c', 'd'].map((name) => it.set(name, `value of ${name}`)));
  assert.equal(Object.keys(await it.values()).sort(), ['a', 'b', 'c', 'd']);
  assert.is((await listSecrets(it.request, signal)).revision, 5);
});

test('edit shows all secrets decrypted in memory, encrypts what was changed and leaves nothing behind', async ({
  signal,
}) => {
  const me = await someIdentity();
  await using it = await initialized(me, signal);
  await it.set('a', 'one');
  await it.set('b', 'two');
  const before = await readFile(it.file, 'utf8');
  let folder = '';
  const edited = await editSecrets(
    it.request,
    editor(async (file) => {
      folder = dirname(file);
      assert.is(await readFile(file, 'utf8'), 'a: one\nb: two\n');
      assert.equal([(await stat(file)).mode & 0o777, (await stat(folder)).mode & 0o777], [0o600, 0o700]);
      await writeFile(file, '# note\na: one\nc:\n  - three\n');
    }),
    signal,
  );
  assert.ok(edited.changed);
  await rejects<Error>(stat(folder), /ENOENT/);
  assert.equal(await it.values(), { a: 'one', 'c.0': 'three' });
  const after = await readFile(it.file, 'utf8');
  assert.is(/^a: .*/m.exec(after)?.[0], /^a: .*/m.exec(before)?.[0]);
  assert.match(after, /^#ENC\[/m);
  assert.not.match(after, 'note');
});

test('an edit that changes nothing writes nothing; one that is not valid is offered again, or kept nowhere', async ({
  signal,
}) => {
  const me = await someIdentity();
  await using it = await initialized(me, signal);
  await it.set('a', 'one');
  const before = await readFile(it.file);
  assert.not(
    (
      await editSecrets(
        it.request,
        editor(async () => {}),
        signal,
      )
    ).changed,
  );
  let folder = '';
  await rejects(
    editSecrets(
      it.request,
      editor(async (file) => {
        folder = dirname(file);
        await writeFile(file, 'a: "hunter2');
      }),
      signal,
    ),
    { code: 'SECRETS_INVALID' },
  );
  await rejects<Error>(stat(folder), /ENOENT/);
  assert.equal(await readFile(it.file), before);
  let tries = 0;
  await editSecrets(
    it.request,
    editor(async (file) => writeFile(file, ++tries < 3 ? 'a: [' : 'a: two\n'), true),
    signal,
  );
  assert.is(tries, 3);
  assert.equal(await it.values(), { a: 'two' });
});

test('an edit that is interrupted leaves neither the decrypted file nor a change', async ({ signal }) => {
  const me = await someIdentity();
  await using it = await initialized(me, signal);
  await it.set('a', 'one');
  const before = await readFile(it.file);
  const stop = new AbortController();
  let folder = '';
  await rejects<Error>(
    editSecrets(
      it.request,
      editor(async (file) => {
        folder = dirname(file);
        await writeFile(file, 'a: two\n');
        stop.abort(new Error('stopped'));
      }),
      AbortSignal.any([signal, stop.signal]),
    ),
    /^stopped$/,
  );
  await rejects<Error>(stat(folder), /ENOENT/);
  assert.equal(await readFile(it.file), before);
});

test('a change by a program that knows no lock is noticed, and not written over', async ({ signal }) => {
  const me = await someIdentity();
  await using it = await initialized(me, signal);
  await it.set('a', 'one');
  const theirs = 'somebody was here\n';
  const error = await rejects(
    editSecrets(
      it.request,
      editor(async (file) => {
        await writeFile(file, 'a: two\n');
        await writeFile(it.file, theirs);
      }),
      signal,
    ),
    { code: 'SECRETS_INVALID' },
  );
  assert.match(error.message, 'changed by another program');
  assert.is(await readFile(it.file, 'utf8'), theirs);
});

test('secrets are decrypted into no folder that is on a disk', async () => {
  await using scope = new Scope();
  await using disk = await temporaryFolder();
  const places = ['', undefined, join(disk.path, 'none'), '/proc', import.meta.dirname];
  await rejects(folderInMemory(scope, places), { code: 'HOST_TOOL_MISSING' });
  const folder = await folderInMemory(scope, [...places, '/dev/shm']);
  assert.ok(folder.startsWith('/dev/shm/'));
  assert.equal(await readdir(folder), []);
  assert.match(scope.pending()[0]?.remedy ?? '', `rm -r ${folder}`);
});

test('the editor is the first that is named, with its arguments, and no shell sees them', () => {
  assert.equal(editorCommand({}), ['vi']);
  assert.equal(editorCommand({ EDITOR: 'nano', VISUAL: ' ', SOPS_EDITOR: '' }), ['nano']);
  assert.equal(editorCommand({ VISUAL: `code --wait 'a b' "c \\"d" e\\ f$(x)`, EDITOR: 'nano' }), [
    'code',
    '--wait',
    'a b',
    'c "d',
    'e f$(x)',
  ]);
  assert.throws(() => editorCommand({ EDITOR: "vi 'x" }), /EDITOR is no command/);
});

test('updatekeys adds who is named and keeps the data key; who is removed makes a new one', async ({
  signal,
}) => {
  const [me, second, third] = [await someIdentity(), await someIdentity(), await someIdentity()];
  await using it = await initialized(me, signal);
  await it.set('a', 'one');
  const [line] = /^a: .*/m.exec(await readFile(it.file, 'utf8')) ?? [];
  assert.not((await updateKeys(it.request, signal)).changed);

  await it.rules([me, second, third]);
  const added = await updateKeys(it.request, signal);
  assert.equal([added.added, added.removed], [[second.recipient.id, third.recipient.id], []]);
  assert.is(/^a: .*/m.exec(await readFile(it.file, 'utf8'))?.[0], line);
  assert.equal(await revealed(it.target('prod'), second.identities, signal), { a: 'one' });

  await it.rules([me, third]);
  const removed = await updateKeys(it.request, signal);
  assert.equal([removed.added, removed.removed], [[], [second.recipient.id]]);
  assert.is.not(/^a: .*/m.exec(await readFile(it.file, 'utf8'))?.[0], line);
  await rejects(revealed(it.target('prod'), second.identities, signal), { code: 'SECRETS_LOCKED' });
  assert.equal(await revealed(it.target('prod'), third.identities, signal), { a: 'one' });
});

test('updatekeys seals a file anew whose recipients somebody changed without the data key', async ({
  signal,
}) => {
  const [me, second] = [await someIdentity(), await someIdentity()];
  await using it = await initialized(me, signal);
  await it.set('a', 'one');
  await writeFile(it.file, (await readFile(it.file, 'utf8')).replace('    version:', '\n    version:'));
  await rejects(it.set('b', 'two'), { code: 'SECRETS_INVALID' });
  const updated = await updateKeys(it.request, signal);
  assert.equal([updated.resealed, updated.changed], [true, true]);
  assert.equal(await it.values(), { a: 'one' });
  await it.rules([second]);
  await updateKeys(it.request, signal);
  await rejects(it.values(), { code: 'SECRETS_LOCKED' });
});

test('rotate encrypts everything anew and changes no value, layout or recipient', async ({ signal }) => {
  const me = await someIdentity();
  await using it = await initialized(me, signal);
  await it.set('a', 'one');
  await it.set('b', 'two');
  const before = await readFile(it.file, 'utf8');
  const oldKey = (await openedFile(it.target('prod'), me.identities, signal)).dataKey;
  const { revision, recipients } = await rotateSecrets(it.request, signal);
  assert.equal([revision, recipients], [4, [me.recipient.id]]);
  assert.not((await openedFile(it.target('prod'), me.identities, signal)).dataKey.equals(oldKey));
  const after = await readFile(it.file, 'utf8');
  const encrypted = (text: string) => [...text.matchAll(/ENC\[.*\]/g)].map(([all]) => all);
  assert.not(encrypted(after).some((value) => encrypted(before).includes(value)));
  assert.is(after.split('\n').length, before.split('\n').length);
  assert.equal(await it.values(), { a: 'one', b: 'two' });
});

test('a file of another environment is neither shown nor changed', async ({ signal }) => {
  const me = await someIdentity();
  await using it = await secretsWorkspace(['staging', 'prod'], me.text);
  await initSecrets({ workspace: it.root, environment: 'staging', recipients: [] }, signal);
  const staging = (await readBytes(it.secretsFile('staging'), signal)) ?? '';
  await writeFile(it.secretsFile('prod'), staging);
  const request = { workspace: it.root, environment: 'prod' };
  const all = [
    () => listSecrets(request, signal),
    () => rotateSecrets(request, signal),
    () => setSecret({ ...request, name: 'a', value: new Secret('value') }, signal),
    () =>
      editSecrets(
        request,
        editor(async () => {}),
        signal,
      ),
    () => initSecrets({ ...request, recipients: [] }, signal),
  ];
  for (const verb of all) {
    const error = await rejects(verb, { code: 'SECRETS_INVALID' });
    assert.match(error.message, 'has the secrets of staging, not of prod');
  }
  assert.equal(await readFile(it.secretsFile('prod')), staging);
});

test('without an identity nothing is shown, and no file is made by asking', async ({ signal }) => {
  await using it = await secretsWorkspace(['prod']);
  const request = { workspace: it.root, environment: 'prod' };
  const error = await rejects(listSecrets(request, signal), { code: 'FILE_MISSING' });
  assert.match(error.hint ?? '', 'launch secrets init --env prod');
  await rejects(setSecret({ ...request, name: 'a', value: new Secret('value') }, signal), {
    code: 'FILE_MISSING',
  });
  assert.equal(await readdir(dirname(it.secretsFile('prod'))), ['environment.yaml']);
  await rejects(listSecrets({ ...request, environment: 'none' }, signal), { code: 'ENVIRONMENT_UNKNOWN' });
});

test('a key file that a variable names is made by init, and asked for by all else', async ({ signal }) => {
  await using it = await secretsWorkspace(['prod']);
  const request = { workspace: it.root, environment: 'prod' };
  using _ = withVariables({ SOPS_AGE_KEY_FILE: it.keys });
  await initSecrets({ ...request, recipients: [] }, signal);
  assert.is((await stat(it.keys)).mode & 0o777, 0o600);
  assert.equal((await listSecrets(request, signal)).secrets, []);
  await rm(it.keys);
  await rejects(listSecrets(request, signal), { code: 'SECRETS_LOCKED' });
});

test.run();

function editor(open: (file: string) => Promise<void>, again = false): Editor {
  return { open, again: async () => again };
}

type Identity = Awaited<ReturnType<typeof someIdentity>>;

/** A workspace whose prod has a file of secrets with nothing in it. */
async function initialized(me: Identity, signal: AbortSignal) {
  const workspace = await secretsWorkspace(['prod'], me.text);
  const request = { workspace: workspace.root, environment: 'prod' };
  await initSecrets({ ...request, recipients: [] }, signal);
  return {
    ...workspace,
    request,
    file: workspace.secretsFile('prod'),
    set: async (name: string, value: string) =>
      await setSecret({ ...request, name, value: new Secret(value) }, signal),
    values: async () => await revealed(workspace.target('prod'), me.identities, signal),
    rules: async (all: readonly Identity[]) =>
      await writeFile(
        join(workspace.root, '.sops.yaml'),
        `creation_rules:\n  - age: ${all.map(({ recipient }) => recipient.id).join(',')}\n`,
      ),
    [Symbol.asyncDispose]: () => workspace[Symbol.asyncDispose](),
  };
}
