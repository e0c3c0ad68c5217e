import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import type { Recipient } from '../../../src/secrets/recipients.ts';
import { addRule, findRule, requireRule } from '../../../src/secrets/sops-config.ts';
import { rejects } from '../../support/rejects.ts';
import { suite } from '../../support/suite.ts';
import { secretsWorkspace, someIdentity } from './samples.ts';

const test = suite('.sops.yaml');

const FINGERPRINT = '0123456789ABCDEF0123456789ABCDEF01234567';

test('the first rule whose pattern is in the path is the file’s, relative to where the rules are', async ({
  signal,
}) => {
  const [a, b] = [(await someIdentity()).recipient.id, (await someIdentity()).recipient.id];
  const rules = `# who may read what
stores: {yaml: {indent: 2}}
creation_rules:
  - path_regex: ^/environments
    age: ${a}
  - path_regex: environments/(dev|staging)/
    age: >-
      ${a},
      ${b}
    pgp: 0123 4567 89AB CDEF 0123  4567 89AB CDEF 0123 4567
  - path_regex: \\.yaml$
    key_groups:
      - age: [${b}, ${b}]
`;
  await using workspace = await secretsWorkspace(['dev', 'prod']);
  await writeFile(join(workspace.root, '.sops.yaml'), rules);
  const dev = await requireRule(workspace.target('dev'), signal);
  assert.equal(
    dev.recipients.map(({ id }) => id),
    [a, b, FINGERPRINT],
  );
  assert.is(dev.where, '.sops.yaml:7');
  const prod = await requireRule(workspace.target('prod'), signal);
  assert.equal(
    prod.recipients.map(({ id }) => id),
    [b],
    'each once',
  );
  await mkdir(join(workspace.root, 'environments/prod'), { recursive: true });
  await writeFile(join(workspace.root, 'environments/.sops.yaml'), 'creation_rules:\n- age: []\n');
  const error = await rejects(requireRule(workspace.target('prod'), signal), { code: 'CONFIG_INVALID' });
  assert.match(
    error.message,
    'environments/.sops.yaml:2: the rule for environments/prod/secrets.yaml names no recipient',
    'the nearest file counts',
  );
});

test('no rule for a file says how one is made', async ({ signal }) => {
  await using workspace = await secretsWorkspace(['prod']);
  assert.is(await findRule(workspace.target('prod'), signal), undefined);
  const error = await rejects(requireRule(workspace.target('prod'), signal), { code: 'CONFIG_INVALID' });
  assert.match(error.hint ?? '', 'launch secrets init --env prod --recipient');
  await writeFile(join(workspace.root, '.sops.yaml'), '# nothing yet\n');
  assert.is(await findRule(workspace.target('prod'), signal), undefined);
});

test('what is not supported is refused with its place', async ({ signal }) => {
  const { recipient } = await someIdentity();
  const cases: readonly (readonly [rule: string, message: RegExp])[] = [
    ['age: ssh-ed25519 AAAA', /\.sops\.yaml:2: the recipient ssh-ed25519 AAAA is an ssh key/],
    [`age: age1pq1${'q'.repeat(50)}`, /post-quantum/],
    [`pgp: ${recipient.id}`, /is no pgp key/],
    ['kms: arn:aws:kms:x', /`kms` is not supported/],
    ['azure_keyvault: https://x', /`azure_keyvault` is not supported/],
    [`age: ${recipient.id}, mac_only_encrypted: true`, /`mac_only_encrypted` is not supported/],
    ['key_groups: [{age: [a]}, {age: [b]}]', /more than one key group/],
    ['key_groups: [{kms: [{arn: x}]}]', /`kms` in a key group/],
    [`age: ${recipient.id}, encrypted_regex: x, unencrypted_suffix: y`, /only one of/],
    [`age: ${recipient.id}, path_regex: "("`, /not a regular expression/],
    ['age: {a: b}', /age/],
  ];
  await using workspace = await secretsWorkspace(['prod']);
  for (const [rule, message] of cases) {
    await writeFile(join(workspace.root, '.sops.yaml'), `creation_rules:\n  - {${rule}}\n`);
    const error = await rejects(findRule(workspace.target('prod'), signal), { code: 'CONFIG_INVALID' });
    assert.match([error.message, ...error.details].join('\n'), message, rule);
  }
});

test('a rule is added where it counts, and all else stays as it is', async ({ signal }) => {
  const { recipient } = await someIdentity();
  const pgp: Recipient = { kind: 'pgp', id: FINGERPRINT };
  await using workspace = await secretsWorkspace(['dev', 'prod']);
  const file = join(workspace.root, '.sops.yaml');
  const add = async (name: string, before?: number) =>
    await addRule(
      workspace.target(name),
      [recipient, pgp],
      { folder: workspace.root, ...(before === undefined ? {} : { before }) },
      signal,
    );

  assert.is(await add('prod'), '.sops.yaml');
  const made = `creation_rules:\n    - path_regex: ^environments/prod/secrets\\.yaml$\n      age: ${recipient.id}\n      pgp: "${FINGERPRINT}"\n`;
  assert.is((await readFile(file, 'utf8')).replace(/pgp: "?(\w+)"?/, 'pgp: "$1"'), made);
  assert.ok((await findRule(workspace.target('prod'), signal))?.isOwn);

  const old = `# head\ncreation_rules: # all\n\n- path_regex: ^x$ # first\n  age: ${recipient.id}\n# for the rest\n- age: ${recipient.id}\n  # foot\n\nstores: {}\n`;
  await writeFile(file, old);
  assert.not((await findRule(workspace.target('dev'), signal))?.isOwn);
  await add('dev', 1);
  const text = await readFile(file, 'utf8');
  const added = /- path_regex: \^environments\/dev.*\n.*\n.*\n/.exec(text)?.[0] ?? '';
  assert.is(text.replace(added, ''), old);
  assert.ok(
    text.indexOf(added) < text.indexOf('# for the rest') && text.indexOf(added) > text.indexOf('# first'),
  );

  await writeFile(file, 'creation_rules: [{age: x}]\n');
  await rejects(add('prod', 0), { code: 'CONFIG_INVALID' });
});

test('a rule is added after others that are for other files, and to a file without rules', async ({
  signal,
}) => {
  const { recipient } = await someIdentity();
  for (const old of [
    'creation_rules:\n  - path_regex: ^x$\n    age: a',
    'stores: {}\n',
    'stores: {}',
    '# nothing\n',
    'creation_rules:\n',
  ]) {
    await using workspace = await secretsWorkspace(['prod']);
    await writeFile(join(workspace.root, '.sops.yaml'), old);
    await addRule(workspace.target('prod'), [recipient], { folder: workspace.root }, signal);
    const text = await readFile(join(workspace.root, '.sops.yaml'), 'utf8');
    assert.ok(text.startsWith(old) && (await findRule(workspace.target('prod'), signal))?.isOwn, text);
  }
});

test.run();
