import * as assert from 'uvu/assert';
import { digestOf } from '../../../../src/core/digest.ts';
import { readTar } from '../../../../src/core/tar/reader.ts';
import { hostKeyOf } from '../../../../src/platforms/ec2/host-key.ts';
import { readDelivery } from '../../../../src/platforms/ec2/instance-delivery.ts';
import { readTags, tagsOfInstance } from '../../../../src/platforms/ec2/instance-tags.ts';
import { addressOf } from '../../../../src/platforms/ec2/launched-ssh.ts';
import { userDataOf, wholeUserData } from '../../../../src/platforms/ec2/launched-user-data.ts';
import { placeOf, readInstance } from '../../../../src/platforms/ec2/read-instances.ts';
import { tagList } from '../../../../src/platforms/ec2/tags.ts';
import { delivery, instanceSpec } from '../../../support/instance-spec.ts';
import { rejects } from '../../../support/rejects.ts';
import { suite } from '../../../support/suite.ts';

const test = suite('instances of EC2, without AWS');

const PLACE = {
  region: 'eu-central-1',
  subnets: ['subnet-1'],
  securityGroups: ['sg-1'],
  instanceType: 't3.small',
  elasticIp: 'eipalloc-1',
  parameters: '/kiln/prod',
};
const spec = instanceSpec({ environment: 'prod', form: 'ami-1', slot: 2, ec2: PLACE, init: 'systemd' });

test('tags say all that an instance is known by, and what is not ours is none', () => {
  const tags = tagsOfInstance(spec);
  const { environment, template, image, digest, form, slot, launch, inputs } = spec;
  const identity = { environment, template, image, digest, form, slot, launch, inputs };
  assert.equal(readTags(tags), { ...identity, serving: false, elasticIp: 'eipalloc-1' });
  assert.equal(readTags({ ...tags, 'kiln.serving': 'yes' })?.serving, true);
  assert.is(tags['kiln.bake'], launch);
  for (const [name, value] of [
    ['kiln.slot', '0'],
    ['kiln.slot', 'two'],
    ['kiln.environment', ''],
    ['kiln.digest', 'sha1:00'],
    ['kiln.form', digestOf('a disk')],
  ] as const)
    assert.is(readTags({ ...tags, [name]: value }), undefined, `${name}=${value}`);
});

test('an instance that was ended, or only by hand begun, is told from one that runs', () => {
  const said = {
    InstanceId: 'i-1',
    ImageId: 'ami-2',
    LaunchTime: new Date('2026-01-01T00:00:00Z'),
    PrivateIpAddress: '10.0.0.7',
    Tags: tagList({ ...tagsOfInstance(spec), 'kiln.serving': 'yes' }),
  };
  const running = readInstance('eu-central-1', { ...said, State: { Name: 'running' } });
  assert.equal(
    [running?.instance.running, running?.instance.serving, running?.instance.runs, running?.instance.id],
    [true, true, 'ami-2', 'eu-central-1/i-1'],
  );
  assert.equal(running?.instance.cloud, { id: 'i-1', address: '10.0.0.7' });
  const open = readInstance('eu-central-1', { ...said, PublicIpAddress: '203.0.113.7' });
  assert.is(open?.instance.cloud?.address, '203.0.113.7');
  assert.equal(placeOf({ id: 'eu-central-1/i-1' }), { region: 'eu-central-1', awsId: 'i-1' });
  const stopped = readInstance('eu-central-1', { ...said, State: { Name: 'stopped' } });
  assert.equal([stopped?.instance.running, stopped?.instance.serving], [false, false]);
  assert.is(readInstance('eu-central-1', { ...said, Tags: [] }), undefined);
  if (running === undefined) throw new Error('it is ours');
  assert.equal(
    (['private', 'public', 'instance-id'] as const).map((address) => addressOf(running, { address })),
    ['10.0.0.7', undefined, 'i-1'],
  );
});

test('user data holds what is no secret, where secrets are, and never one of them', async () => {
  const read = await readDelivery(
    delivery({
      'kiln/environment.json': '{"greeting":"it\'s $(me)"}',
      'kiln/environment': 'A=1\n',
      'credentials/@system/api_token': 'the token',
    }),
  );
  assert.equal(read.secrets, ['api_token']);
  const text = userDataOf(read, PLACE);
  const [head, json = ''] = text.split('\n');
  assert.is(head, '#cloud-config');
  const { bootcmd } = JSON.parse(json) as { bootcmd: string[][] };
  const written = Object.fromEntries(
    bootcmd.map((words) => [words[4], Buffer.from(words[5] ?? '', 'base64').toString()]),
  );
  assert.equal(written, {
    'kiln/environment.json': '{"greeting":"it\'s $(me)"}',
    'kiln/environment': 'A=1\n',
    'kiln/parameters.json': '{"region":"eu-central-1","path":"/kiln/prod","names":["api_token"]}\n',
  });
  assert.not.match(`${text}${JSON.stringify(written)}`, 'the token');

  // What says that all is there comes last.
  const paths: string[] = [];
  for await (const { path } of readTar(read.archive())) paths.push(path);
  assert.is(paths.at(-1), 'kiln/environment.json');
  assert.ok(paths.includes('credentials/@system/api_token'));
});

test('data that is too large for user data is left to ssh', async () => {
  const large = JSON.stringify({ text: 'x'.repeat(13_000) });
  const text = userDataOf(await readDelivery(delivery({ 'kiln/environment.json': large })), PLACE);
  assert.ok(Buffer.byteLength(text) < 16 * 1024);
  assert.match(text, 'kiln/parameters.json');
  assert.not.match(text, 'kiln/environment.json');
});

test('without ssh data that is too large for user data is refused, and an image is told which secrets it fetches', async () => {
  const read = async (text: string) =>
    await readDelivery(delivery({ 'kiln/environment.json': JSON.stringify({ text }) }));
  const place = { ...PLACE, fetches: ['api_token', 'db_password'] };
  const small = await read('x');
  assert.is(wholeUserData(small, { place, image: 'web@7' }), userDataOf(small, place));
  const [, json = ''] = wholeUserData(small, { place, image: 'web@7' }).split('\n');
  const { bootcmd } = JSON.parse(json) as { bootcmd: string[][] };
  const told = Buffer.from(bootcmd.at(-1)?.[5] ?? '', 'base64').toString();
  assert.is(told, '{"region":"eu-central-1","path":"/kiln/prod","names":["api_token","db_password"]}\n');
  const large = await read('x'.repeat(13_000));
  const fault = await rejects(async () => wholeUserData(large, { place, image: 'web@7' }), {
    code: 'DATA_INVALID',
  });
  assert.match(fault.message, /^the data of web@7 makes 17\d{3} bytes of user data, and EC2 takes 16384$/);
});

test('a delivery without its data is none', async () => {
  await rejects(readDelivery(delivery({ 'kiln/environment': 'A=1\n' })), { code: 'MACHINE_NOT_READY' });
});

test('the host key is what cloud-init prints to the console, whole, the newest boot’s and the best', () => {
  const block = (...lines: string[]) =>
    `[   9.1] boot\n-----BEGIN SSH HOST KEY KEYS-----\n${lines.join('\n')}\n-----END SSH HOST KEY KEYS-----\nlogin: `;
  const rsa = 'ssh-rsa AAAAB3Nza+/== root@ip-10-0-0-7';
  const ed = 'ssh-ed25519 AAAAC3Nza root@ip-10-0-0-7';
  assert.is(hostKeyOf(block(rsa, ed)), 'ssh-ed25519 AAAAC3Nza');
  assert.is(hostKeyOf(block(rsa)), undefined, 'it would not fit into a tag');
  const ecdsa = 'ecdsa-sha2-nistp256 AAAAE2V+/== root@ip-10-0-0-7';
  assert.is(hostKeyOf(block(rsa, ecdsa)), 'ecdsa-sha2-nistp256 AAAAE2V+/==');
  assert.is(hostKeyOf(`${block('ssh-ed25519 OLD x')}\n${block(ed)}`), 'ssh-ed25519 AAAAC3Nza');
  assert.is(hostKeyOf(block(ed).replace(/-----END.*/s, '')), undefined, 'a part of it');
  assert.is(hostKeyOf(`${ed}\n`), undefined, 'a key outside of the block');
  assert.is(hostKeyOf(block('ssh-ed25519 AAAA;reboot')), undefined);
});

test.run();
