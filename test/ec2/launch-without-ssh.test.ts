import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import {
  CreateSecurityGroupCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  DescribeInstanceAttributeCommand,
  DescribeInstancesCommand,
  DescribeLaunchTemplatesCommand,
  RegisterImageCommand,
} from '@aws-sdk/client-ec2';
import * as assert from 'uvu/assert';
import { openFileCatalogue } from '../../src/catalogue/file-store.ts';
import { digestOf } from '../../src/core/digest.ts';
import type { AmiId } from '../../src/core/form-id.ts';
import { Scope } from '../../src/core/scope.ts';
import { manifestDigest, writeManifest } from '../../src/tree/manifest.ts';
import { awsProxy } from '../support/aws-proxy.ts';
import { motoServer, noMoto, REGION } from '../support/moto.ts';
import { suite } from '../support/suite.ts';
import { launchingFrom } from '../support/typed-launch.ts';
import { sampleDraft, WITH_CLOUD_INIT } from '../unit/catalogue/sample-record.ts';
import { runCli } from '../unit/cli/run-cli.ts';

const test = suite('launching at AWS without ssh, as typed', { skip: noMoto, deadline: 240_000 });

const SECRET = 'correct horse battery';

/** A site at every address of this host's loopback network, which is what the VPC is made of. */
async function site(scope: Scope): Promise<number> {
  const server = createServer((_request, response) => response.end('golden'));
  scope.defer('site', async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve));
  return (server.address() as AddressInfo).port;
}

async function place(scope: Scope, signal: AbortSignal) {
  const moto = await motoServer(signal);
  scope.defer('moto', async () => await moto[Symbol.asyncDispose]());
  const proxy = await awsProxy(moto);
  scope.defer('proxy', async () => await proxy[Symbol.asyncDispose]());
  const { ec2 } = moto.aws;
  const { Vpc } = await ec2.send(new CreateVpcCommand({ CidrBlock: '127.0.0.0/16' }));
  const VpcId = Vpc?.VpcId ?? '';
  const { Subnet } = await ec2.send(new CreateSubnetCommand({ VpcId, CidrBlock: '127.0.9.0/24' }));
  const { GroupId } = await ec2.send(
    new CreateSecurityGroupCommand({ VpcId, GroupName: 'web', Description: 'web' }),
  );
  const folder = await mkdtemp(join(tmpdir(), 'kiln-launch-'));
  scope.defer('folder', () => rm(folder, { recursive: true, force: true }));
  const [root, home] = [join(folder, 'workspace'), join(folder, 'home')];
  const environment = async (secrets: string) =>
    await write(
      'environments/prod/environment.yaml',
      `platform: ec2
ec2:
  region: ${REGION}
  subnets: [${Subnet?.SubnetId}]
  security-groups: [${GroupId}]
  instance-type: t3.small
  ${secrets}
images: { web: {} }
`,
    );
  async function write(path: string, text: string): Promise<void> {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
  await write('templates/.keep', '');
  await environment('');
  const env = await launchingFrom({ folder, root, home }, { cloud: proxy.env, secret: SECRET }, signal);
  return {
    proxy,
    ec2,
    environment,
    /** An image whose site is to be at a port of its instances. */
    async publish(port: number, timeout = 30_000): Promise<AmiId> {
      const catalogue = openFileCatalogue(home);
      const name = `web-${(await catalogue.versions('web')).length + 1}`;
      const { ImageId } = await ec2.send(
        new RegisterImageCommand({ Name: name, RootDeviceName: '/dev/xvda' }),
      );
      const draft = sampleDraft({
        digest: digestOf(name),
        created: new Date().toISOString(),
        inventory: WITH_CLOUD_INIT,
        manifest: { digest: manifestDigest([]), file: 'images/x' },
        runtime: {
          init: 'systemd',
          checks: {
            service: { nginx: { running: true } },
            port: { [`tcp:${port}`]: { listening: true } },
            http: { [`http://127.0.0.1:${port}/`]: { status: 200, body: ['golden'] } },
          },
          probe: {
            'start-period': 0,
            timeout,
            interval: 100,
            'success-threshold': 2,
            'stable-for': 0,
          },
          data: { greeting: { type: 'string', required: false, default: 'Hello' } },
          secrets: { api_token: { required: true } },
          state: [],
        },
      });
      const id = ImageId as AmiId;
      await catalogue.publish(draft, async () => [
        { kind: 'ami', region: REGION, id, snapshots: [], architecture: 'x86_64' },
      ]);
      await writeManifest(catalogue.manifestPath(draft.digest), []);
      return id;
    },
    async launch(...args: string[]) {
      const { code, stdout, stderr } = await runCli('src/cli/launch.ts', ['--workspace', root, ...args], env);
      return { code, out: `${stdout}\n${stderr}` };
    },
    async running() {
      const { Reservations = [] } = await ec2.send(
        new DescribeInstancesCommand({ Filters: [{ Name: 'instance-state-name', Values: ['running'] }] }),
      );
      return Reservations.flatMap(({ Instances = [] }) => Instances);
    },
    async templates() {
      const { LaunchTemplates = [] } = await ec2.send(new DescribeLaunchTemplatesCommand({}));
      return LaunchTemplates.map(({ LaunchTemplateName }) => LaunchTemplateName);
    },
  };
}

test('an environment that nobody enters runs what its address and AWS’s status checks say is good', async ({
  signal,
}) => {
  await using scope = new Scope(undefined, 60_000);
  const it = await place(scope, signal);
  const port = await site(scope);
  const first = await it.publish(port);

  const without = await it.launch('web', '--env', 'prod');
  assert.is(without.code, 2, without.out);
  assert.match(without.out, 'web@1 declares secrets, and nothing hands them out in prod');
  await it.environment('secrets: parameters');
  const early = await it.launch('web', '--env', 'prod');
  assert.is(early.code, 2, early.out);
  assert.match(early.out, '/kiln/prod/api_token is not there');
  assert.match(early.out, 'launch secrets push --env prod');
  assert.equal([await it.running(), await it.templates()], [[], []]);

  const pushed = await it.launch('secrets', 'push', '--env', 'prod');
  assert.is(pushed.code, 0, pushed.out);
  // AWS does not know its status at once.
  it.proxy.inject({ action: 'ec2:DescribeInstanceStatus', error: 'InvalidInstanceID.NotFound', times: 2 });
  const launched = await it.launch('web', '--env', 'prod', '--progress', 'plain');
  assert.is(launched.code, 0, launched.out);
  assert.match(launched.out, "it is ready when AWS's status checks are passed");
  assert.match(
    launched.out,
    'its checks are asked from outside, as nobody can enter it; not asked are service nginx',
  );
  const [instance, ...others] = await it.running();
  assert.equal([instance?.ImageId, others.length], [first, 0]);
  const { UserData } = await it.ec2.send(
    new DescribeInstanceAttributeCommand({ InstanceId: instance?.InstanceId, Attribute: 'userData' }),
  );
  const told = Buffer.from(UserData?.Value ?? '', 'base64').toString();
  const words = [...told.matchAll(/"([A-Za-z0-9+/=]{16,})"/g)].map(([, word = '']) =>
    Buffer.from(word, 'base64').toString(),
  );
  assert.ok(words.some((text) => text.includes('"greeting": "Hello"')));
  assert.ok(words.some((text) => text.includes('"path":"/kiln/prod","names":["api_token"]')));
  assert.not.match(`${told}\n${words.join('\n')}\n${launched.out}`, SECRET);
  assert.not.ok(it.proxy.calls.some(({ action }) => action === 'ec2:GetConsoleOutput'));

  const status = await it.launch('status', '--env', 'prod');
  assert.is(status.code, 0, status.out);
  assert.match(status.out, / i-[0-9a-f]{17} [0-9.]+ +healthy +unknown$/m);
  const drift = await it.launch('drift', '--env', 'prod');
  assert.is(drift.code, 1, drift.out);
  assert.match(drift.out, 'nothing says how instances of prod are entered');

  // What is not up at its address does not take the place.
  await it.publish(1, 1000);
  const bad = await it.launch('web', '--env', 'prod');
  assert.is(bad.code, 1, bad.out);
  assert.match(
    bad.out,
    /port tcp:1: listening — expected true, actual false \(connect ECONNREFUSED 127\.0\.9\.\d+:1\)/,
  );
  assert.equal(
    (await it.running()).map(({ InstanceId }) => InstanceId),
    [instance?.InstanceId],
  );
  const third = await it.publish(port);
  const next = await it.launch('web', '--env', 'prod');
  assert.is(next.code, 0, next.out);
  assert.equal(
    (await it.running()).map(({ ImageId }) => ImageId),
    [third],
  );
  const back = await it.launch('rollback', 'web', '--env', 'prod');
  assert.is(back.code, 0, back.out);
  assert.equal(
    (await it.running()).map(({ ImageId }) => ImageId),
    [first],
  );
  const stopped = await it.launch('stop', '--env', 'prod');
  assert.is(stopped.code, 0, stopped.out);
  assert.equal([await it.running(), await it.templates()], [[], []]);
});

test.run();
