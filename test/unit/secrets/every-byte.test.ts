import { writeFile } from 'node:fs/promises';
import * as assert from 'uvu/assert';
import { Fault } from '../../../src/core/fault.ts';
import { unwrapDataKey } from '../../../src/secrets/data-key.ts';
import { openWith } from '../../../src/secrets/open-file.ts';
import { openSecrets } from '../../../src/secrets/open-secrets.ts';
import { assertSealed, readSecrets } from '../../../src/secrets/read-secrets.ts';
import { suite } from '../../support/suite.ts';
import { encrypted, revealed, secretsFolder, someIdentity } from './samples.ts';

const test = suite('every byte of a file of secrets', { deadline: 120_000 });

const PLAIN = `# who pays
api_token: s3cr3t-value
empty: ""
nothing:
db:
  port: 5432  # inline
  hosts: [a, b]
note_unencrypted: readable
`;

/** What one byte can become: a near one, one of another case, what YAML acts on. */
const CHANGES: readonly ((byte: number) => number)[] = [
  (byte) => byte ^ 0x01,
  (byte) => byte ^ 0x20,
  () => 0x20,
  () => 0x0a,
];

test('one byte changed anywhere is refused, whatever it becomes', async ({ signal }) => {
  const { bytes, isAccepted } = await aFile(PLAIN, signal);
  assert.ok(isAccepted(bytes));
  const accepted: string[] = [];
  for (let at = 0; at < bytes.length; at++) {
    for (const change of CHANGES) {
      const changed = Buffer.from(bytes);
      changed[at] = change(bytes[at] ?? 0);
      if (!changed.equals(bytes) && isAccepted(changed)) accepted.push(around(changed, at));
    }
  }
  assert.equal(accepted, []);
});

test('one byte more or less anywhere is refused', async ({ signal }) => {
  const { bytes, isAccepted } = await aFile('token: abcdef\n', signal);
  const accepted: string[] = [];
  for (let at = 0; at <= bytes.length; at++) {
    const [before, after] = [bytes.subarray(0, at), bytes.subarray(at)];
    const changes = ['', ' ', '\n', '='].map((text) =>
      Buffer.concat([before, Buffer.from(text), after.subarray(text === '' ? 1 : 0)]),
    );
    for (const changed of changes)
      if (!changed.equals(bytes) && isAccepted(changed)) accepted.push(around(changed, at));
  }
  assert.equal(accepted, []);
});

test('a launch refuses such a file, and opens the one as it was', async ({ signal }) => {
  const { bytes, identities } = await aFile(PLAIN, signal);
  await using folder = await secretsFolder(bytes);
  const accepted: string[] = [];
  for (let at = 0; at < bytes.length; at += 97) {
    const changed = Buffer.from(bytes);
    changed[at] = (bytes[at] ?? 0) ^ 0x02;
    await writeFile(folder.file, changed);
    const error = await openSecrets(folder.target, identities, signal).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (!(error instanceof Fault)) accepted.push(`${around(changed, at)}: ${error}`);
  }
  assert.equal(accepted, []);
  await writeFile(folder.file, bytes);
  assert.equal(await revealed(folder.target, identities, signal), {
    api_token: 's3cr3t-value',
    empty: '',
    'db.port': '5432',
    'db.hosts.0': 'a',
    'db.hosts.1': 'b',
    note_unencrypted: 'readable',
  });
});

test.run();

/** A file for two, and whether what it becomes would open, which the data key itself does faster than an identity. */
async function aFile(plain: string, signal: AbortSignal) {
  const [mine, other] = [await someIdentity(), await someIdentity()];
  const bytes = await encrypted(plain, [mine.recipient, other.recipient], signal);
  const target = { file: '', shown: 'secrets.yaml', environment: 'prod' };
  const dataKey = await unwrapDataKey(readSecrets(target, bytes).metadata, target, mine.identities, signal);
  function isAccepted(changed: Buffer): boolean {
    try {
      const read = readSecrets(target, changed);
      assertSealed(read, target);
      openWith(read, target, dataKey);
      return read.binding?.environment === 'prod';
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      return false;
    }
  }
  return { bytes, isAccepted, identities: mine.identities };
}

function around(bytes: Buffer, at: number): string {
  return `byte ${at}: ${JSON.stringify(bytes.subarray(Math.max(0, at - 20), at + 20).toString('latin1'))}`;
}
