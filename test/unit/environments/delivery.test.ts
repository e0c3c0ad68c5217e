import * as assert from 'uvu/assert';
import { Secret } from '../../../src/core/secret.ts';
import { readTar } from '../../../src/core/tar/reader.ts';
import { type Delivery, deliveryOf } from '../../../src/environments/delivery.ts';
import { rejects } from '../../support/rejects.ts';
import { suite } from '../../support/suite.ts';

const test = suite('delivery');

const DELIVERY: Delivery = {
  environment: 'prod',
  template: 'web',
  node: 'web-1',
  image: 'web@7',
  digest: `sha256:${'a'.repeat(64)}`,
  data: { greeting: 'Hello "you"', workers: 4, tls: true, hosts: ['a'], db: { port: 1 } },
  secrets: new Map([
    ['api_token', new Secret('not-to-be-seen-1')],
    ['tls.key', new Secret('not-to-be-seen-2\n')],
  ]),
};

interface Unpacked {
  readonly path: string;
  readonly mode: string;
  readonly owner: string;
  readonly text: string;
}

async function unpack(stream: AsyncIterable<Uint8Array>): Promise<Unpacked[]> {
  const members: Unpacked[] = [];
  for await (const { path, type, mode, uid, gid, body } of readTar(stream)) {
    const pieces: Buffer[] = [];
    for await (const piece of body) pieces.push(piece);
    const shown = type === 'directory' ? `${path}/` : path;
    const text = Buffer.concat(pieces).toString();
    members.push({ path: shown, mode: mode.toString(8), owner: `${uid}:${gid}`, text });
  }
  return members;
}

test('credentials are root’s alone, what is no secret is for everybody', async () => {
  const members = await unpack(deliveryOf(DELIVERY)());
  assert.equal(
    members.map(({ path, mode, owner }) => `${mode} ${owner} ${path}`),
    [
      '755 0:0 credentials/',
      '700 0:0 credentials/@system/',
      '400 0:0 credentials/@system/api_token',
      '400 0:0 credentials/@system/tls.key',
      '755 0:0 kiln/',
      '644 0:0 kiln/environment',
      '644 0:0 kiln/environment.json',
    ],
  );
});

test('a credential has the secret’s bytes, and no other file has any of them', async () => {
  const members = await unpack(deliveryOf(DELIVERY)());
  const text = (path: string) => members.find((member) => member.path === path)?.text;
  assert.is(text('credentials/@system/api_token'), 'not-to-be-seen-1');
  assert.is(text('credentials/@system/tls.key'), 'not-to-be-seen-2\n');
  for (const { path, text } of members)
    if (!path.startsWith('credentials/@system/'))
      assert.not.match(text, /not-to-be-seen|api_token|tls\.key|\[secret\]/);
});

test('the rest is told as JSON and as variables', async () => {
  const members = await unpack(deliveryOf(DELIVERY)());
  const { secrets: _, ...told } = DELIVERY;
  assert.equal(JSON.parse(members.find(({ path }) => path.endsWith('.json'))?.text ?? ''), told);
  assert.is(
    members.find(({ path }) => path === 'kiln/environment')?.text,
    [
      'KILN_ENVIRONMENT="prod"',
      'KILN_NODE="web-1"',
      'KILN_IMAGE="web@7"',
      'GREETING="Hello \\"you\\""',
      'WORKERS="4"',
      'TLS="true"',
      'HOSTS="[\\"a\\"]"',
      'DB="{\\"port\\":1}"',
      '',
    ].join('\n'),
  );
});

test('it can be had again, with the same bytes', async () => {
  const deliver = deliveryOf(DELIVERY);
  const bytes = async () => {
    const pieces: Uint8Array[] = [];
    for await (const piece of deliver()) pieces.push(piece);
    return Buffer.concat(pieces);
  };
  assert.ok((await bytes()).equals(await bytes()));
});

test('what cannot be a variable is refused before anything is sent', async () => {
  const { message } = await rejects(() => deliveryOf({ ...DELIVERY, data: { greeting: 'a\0' } }), {
    code: 'DATA_INVALID',
  });
  assert.match(message, '`greeting` has a NUL');
});

test('a secret whose name leads elsewhere is refused', async () => {
  for (const name of ['../x', 'a/b', '.', '', '-x', 'a\0']) {
    const secrets = new Map([[name, new Secret('not-to-be-seen-3')]]);
    await rejects(() => deliveryOf({ ...DELIVERY, secrets }), { code: 'SECRETS_INVALID' });
  }
});

test.run();
