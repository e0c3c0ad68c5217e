import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  AllocateAddressCommand,
  CreateImageCommand,
  DescribeAddressesCommand,
  DescribeInstanceAttributeCommand,
  DescribeInstancesCommand,
  DescribeLaunchTemplatesCommand,
  DescribeLaunchTemplateVersionsCommand,
  DescribeVolumesCommand,
} from '@aws-sdk/client-ec2';
import { DescribeParametersCommand, GetParametersByPathCommand, SSMClient } from '@aws-sdk/client-ssm';
import * as assert from 'uvu/assert';
import { openFileCatalogue } from '../../src/catalogue/file-store.ts';
import type { ImageRecord } from '../../src/catalogue/record.ts';
import type { AmiId } from '../../src/core/form-id.ts';
import { Scope } from '../../src/core/scope.ts';
import { sleep } from '../../src/core/wait.ts';
import { ec2Launcher } from '../../src/platforms/ec2/ec2-launcher.ts';
import { scanTree } from '../../src/tree/capture.ts';
import { manifestDigest, writeManifest } from '../../src/tree/manifest.ts';
import { type CloudWorld, cloudWorld } from '../support/cloud-world.ts';
import { missing } from '../support/engines.ts';
import { instanceSpec } from '../support/instance-spec.ts';
import { noMoto, REGION } from '../support/moto.ts';
import { suite } from '../support/suite.ts';
import { launchingFrom } from '../support/typed-launch.ts';
import { sampleDraft, WITH_CLOUD_INIT } from '../unit/catalogue/sample-record.ts';
import { runCli } from '../unit/cli/run-cli.ts';

const test = suite('launching at AWS, as typed', { skip: noMoto || (await missing('docker')) });

const SECRET = 'correct horse battery';
/** Fails at a first start, as its secret is not there yet. */
const APP = `[Service]
Type=exec
LoadCredential=api_token
ExecStart=/bin/sh -c 'cat "$CREDENTIALS_DIRECTORY/api_token" > /run/app.token; exec sleep infinity'
[Install]
WantedBy=multi-user.target
`;

/** What systemd keeps there of services is no part of an image. */
const SEAL = 'rm -rf /tmp/systemd-private-* /var/tmp/systemd-private-*';

interface Place {
  readonly world: CloudWorld;
  readonly root: string;
  readonly home: string;
  readonly addresses: readonly string[];
  launch(...args: string[]): Promise<{ readonly code: number | null; readonly out: string }>;
}

async function place(scope: Scope, signal: AbortSignal): Promise<Place> {
  const world = await cloudWorld(scope, signal, { loopback: true });
  const folder = await mkdtemp(join(tmpdir(), 'kiln-launch-'));
  scope.defer('folder', () => rm(folder, { recursive: true, force: true }));
  const [root, home] = [join(folder, 'workspace'), join(folder, 'home')];
  const addresses: string[] = [];
  for (const _each of [1, 2]) {
    const { AllocationId = '' } = await world.moto.aws.ec2.send(
      new AllocateAddressCommand({ Domain: 'vpc' }),
    );
    addresses.push(AllocationId);
  }
  const { place: where, access } = world;
  const files = {
    'templates/.keep': '',
    'environments/hiera.yaml': 'version: 5\nhierarchy:\n  - { name: all, path: common.yaml }\n',
    'environments/prod/environment.yaml': `platform: ec2
ec2:
  region: ${REGION}
  subnets: [${where.subnets.join(', ')}]
  security-groups: [${where.securityGroups.join(', ')}]
  instance-type: t3.small
  key-name: ${where.keyName}
  ssh: { user: ${access.user}, identity: ${access.identity} }
images:
  web: { count: 2, ec2: { elastic-ips: [${addresses.join(', ')}] } }
`,
  };
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
  const env = await launchingFrom({ folder, root, home }, { cloud: world.proxy.env, secret: SECRET }, signal);
  return {
    world,
    root,
    home,
    addresses,
    async launch(...args) {
      const { code, stdout, stderr } = await runCli(
        'src/cli/launch.ts',
        ['--workspace', root, '--progress', 'plain', ...args].filter(
          (word, index, all) => !(isVerb(all) && (word === '--progress' || all[index - 1] === '--progress')),
        ),
        env,
      );
      return { code, out: `${stdout}\n${stderr}` };
    },
  };
}

/** Only what launches shows progress. */
function isVerb(args: readonly string[]): boolean {
  return args.some((word) => /^(secrets|status|drift|stop)$/.test(word));
}

interface Captured {
  readonly ami: AmiId;
  readonly tree: Awaited<ReturnType<typeof scanTree>>;
}

/** Two AMIs of what is done in an instance of the vendor's: small bakes, without one. */
async function captured({ world }: Place, signal: AbortSignal): Promise<readonly [Captured, Captured]> {
  const launcher = ec2Launcher({ regions: async () => [REGION], access: async () => world.access });
  await using scope = new Scope();
  const spec = instanceSpec({ environment: 'scout', form: world.ami, init: 'systemd', ec2: world.place });
  const { instance } = await launcher.launch(spec, scope, signal);
  const machine = await launcher.enter(instance, 'systemd', signal);
  async function after(Name: string, script: string): Promise<Captured> {
    const { exitCode, stderr } = await machine.exec(['sh', '-c', `${script}; ${SEAL}`], {
      signal,
      timeout: 60_000,
    });
    assert.is(exitCode, 0, stderr);
    const tree = await scanTree(launcher.readTree(instance), signal);
    const InstanceId = instance.id.split('/')[1] ?? '';
    const { ImageId } = await world.moto.aws.ec2.send(new CreateImageCommand({ InstanceId, Name }));
    while (world.machines.imageOf(ImageId ?? '') === undefined) await sleep(100, signal);
    return { ami: ImageId as AmiId, tree };
  }
  const units = '/etc/systemd/system';
  const install = `cat > ${units}/app.service <<'UNIT'\n${APP}UNIT\nmkdir -p ${units}/multi-user.target.wants
ln -s ../app.service ${units}/multi-user.target.wants/app.service`;
  return [await after('web-1', install), await after('web-2', 'echo next > /etc/release-of-web')];
}

async function publishImage({ home }: Place, { ami: id, tree }: Captured): Promise<ImageRecord> {
  const catalogue = openFileCatalogue(home);
  const file = catalogue.manifestPath(tree.digest);
  await mkdir(dirname(file), { recursive: true });
  await writeManifest(file, tree.manifest);
  const draft = sampleDraft({
    digest: tree.digest,
    created: new Date().toISOString(),
    inventory: WITH_CLOUD_INIT,
    manifest: { digest: manifestDigest(tree.manifest), file },
    runtime: {
      init: 'systemd',
      checks: {
        service: { app: { running: true } },
        file: { '/run/app.token': { exists: true, contents: ['/^correct /'] } },
      },
      probe: {
        'start-period': 0,
        timeout: 30_000,
        interval: 200,
        'success-threshold': 1,
        'stable-for': 0,
      },
      data: { greeting: { type: 'string', required: false, default: 'Hello' } },
      secrets: { api_token: { required: true } },
      // What cloud-init keeps of each instance.
      state: ['/var/lib/cloud'],
    },
  });
  const form = { kind: 'ami', region: REGION, id, snapshots: [], architecture: 'x86_64' } as const;
  return await catalogue.publish(draft, async () => [form]);
}

async function instancesOf({ world }: Place) {
  const { Reservations = [] } = await world.moto.aws.ec2.send(
    new DescribeInstancesCommand({
      Filters: [
        { Name: 'tag:kiln.environment', Values: ['prod'] },
        { Name: 'instance-state-name', Values: ['pending', 'running', 'stopping', 'stopped'] },
      ],
    }),
  );
  const found = Reservations.flatMap(({ Instances = [] }) => Instances);
  return found
    .map((one) => ({
      one,
      tags: Object.fromEntries((one.Tags ?? []).map(({ Key = '', Value = '' }) => [Key, Value])),
    }))
    .sort((a, b) => (a.tags['kiln.slot'] ?? '').localeCompare(b.tags['kiln.slot'] ?? ''));
}

async function templatesOf({ world }: Place) {
  const { LaunchTemplates = [] } = await world.moto.aws.ec2.send(new DescribeLaunchTemplatesCommand({}));
  return LaunchTemplates.filter(({ LaunchTemplateName }) => LaunchTemplateName === 'kiln/prod/web');
}

/** The AMI that others start instances from: that of the default version. */
async function defaultAmi(it: Place): Promise<string | undefined> {
  const [template] = await templatesOf(it);
  const { LaunchTemplateVersions = [] } = await it.world.moto.aws.ec2.send(
    new DescribeLaunchTemplateVersionsCommand({ LaunchTemplateId: template?.LaunchTemplateId }),
  );
  return LaunchTemplateVersions.find(({ DefaultVersion }) => DefaultVersion)?.LaunchTemplateData?.ImageId;
}

async function holders({ world, addresses }: Place): Promise<(string | undefined)[]> {
  const { Addresses = [] } = await world.moto.aws.ec2.send(new DescribeAddressesCommand({}));
  return addresses.map(
    (allocation) => Addresses.find(({ AllocationId }) => AllocationId === allocation)?.InstanceId,
  );
}

async function inContainer({ world }: Place, instance: string, script: string): Promise<void> {
  const exec = await world.machines.containerOf(instance)?.exec({ Cmd: ['sh', '-c', script] });
  await exec?.start({ Detach: true });
  while ((await exec?.inspect())?.Running) await delay(50);
}

async function logsOf(home: string): Promise<string> {
  const paths = await readdir(home, { recursive: true, withFileTypes: true });
  const files = paths.filter((one) => one.isFile() && !one.name.endsWith('.gz'));
  return (await Promise.all(files.map((one) => readFile(join(one.parentPath, one.name), 'utf8')))).join('\n');
}

test('prod runs tagged instances of exactly the AMI, follows to the next and back, and leaves nothing when it stops', async ({
  signal,
}) => {
  await using scope = new Scope(undefined, 120_000);
  const it = await place(scope, signal);
  const { ec2 } = it.world.moto.aws;
  const [first, second] = await captured(it, signal);
  await publishImage(it, first);

  // Its secrets, for images that fetch them.
  const pushed = await it.launch('secrets', 'push', '--env', 'prod');
  assert.is(pushed.code, 0, pushed.out);
  assert.match(pushed.out, /\+ api_token/);
  const ssm = new SSMClient(it.world.moto.aws.settings);
  const { Parameters = [] } = await ssm.send(
    new GetParametersByPathCommand({ Path: '/kiln/prod', WithDecryption: true }),
  );
  assert.equal(
    Parameters.map(({ Name, Type, Value }) => [Name, Type, Value]),
    [['/kiln/prod/api_token', 'SecureString', SECRET]],
  );
  const again = await it.launch('secrets', 'push', '--env', 'prod');
  assert.match(again.out, /already/);

  const launched = await it.launch('web', '--env', 'prod');
  assert.is(launched.code, 0, launched.out);
  const old = await instancesOf(it);
  assert.equal(
    old.map(({ one, tags }) => [
      one.ImageId,
      one.InstanceType,
      one.MetadataOptions?.HttpTokens,
      one.KeyName,
      tags['kiln.image'],
      tags['kiln.slot'],
      tags['kiln.serving'],
    ]),
    ['1', '2'].map((slot) => [first.ami, 't3.small', 'required', 'prod', 'web@1', slot, 'yes']),
  );
  assert.equal(
    await holders(it),
    old.map(({ one }) => one.InstanceId),
  );
  assert.is(await defaultAmi(it), first.ami);
  for (const { one } of old) {
    const { Volumes = [] } = await ec2.send(
      new DescribeVolumesCommand({
        Filters: [{ Name: 'attachment.instance-id', Values: [one.InstanceId ?? ''] }],
      }),
    );
    assert.ok(Volumes[0]?.Tags?.some(({ Key, Value }) => Key === 'kiln.environment' && Value === 'prod'));
    const { UserData } = await ec2.send(
      new DescribeInstanceAttributeCommand({ InstanceId: one.InstanceId, Attribute: 'userData' }),
    );
    const told = Buffer.from(UserData?.Value ?? '', 'base64').toString();
    assert.match(told, /^#cloud-config\n/);
    const words = [...told.matchAll(/"([A-Za-z0-9+/=]{16,})"/g)].map(([, word = '']) =>
      Buffer.from(word, 'base64').toString(),
    );
    assert.ok(
      words.some((text) => text.includes('"greeting": "Hello"')),
      words.join('\n'),
    );
    assert.ok(words.some((text) => text.includes('"path":"/kiln/prod","names":["api_token"]')));
    assert.not.match(`${told}\n${words.join('\n')}`, SECRET);
  }
  // Only Parameter Store was told it, and no log.
  const told = it.world.proxy.calls.filter(({ body }) => decodeURIComponent(body).includes(SECRET));
  assert.equal([...new Set(told.map(({ action }) => action))], ['AmazonSSM.PutParameter']);
  assert.not.match(`${launched.out}${pushed.out}${await logsOf(it.home)}`, SECRET);

  const drift = await it.launch('drift', '--env', 'prod');
  assert.is(drift.code, 0, drift.out);
  const status = await it.launch('status', '--env', 'prod');
  assert.is(status.code, 0, status.out);
  assert.equal([...status.out.matchAll(/ healthy +no$/gm)].length, 2, status.out);
  assert.ok(status.out.includes(first.ami), 'the AMI is shown whole');

  // The next image takes both places, and their addresses.
  await publishImage(it, second);
  const next = await it.launch('web', '--env', 'prod');
  assert.is(next.code, 0, next.out);
  const renewed = await instancesOf(it);
  assert.equal(
    renewed.map(({ one }) => one.ImageId),
    [second.ami, second.ami],
  );
  assert.equal(
    await holders(it),
    renewed.map(({ one }) => one.InstanceId),
  );
  assert.is(await defaultAmi(it), second.ami);
  await inContainer(it, renewed[0]?.one.InstanceId ?? '', 'rm /etc/release-of-web');
  const drifted = await it.launch('drift', '--env', 'prod');
  assert.is(drifted.code, 1, drifted.out);
  assert.match(drifted.out, /\/etc\/release-of-web/);

  const rolledBack = await it.launch('rollback', 'web', '--env', 'prod');
  assert.is(rolledBack.code, 0, rolledBack.out);
  const restored = await instancesOf(it);
  assert.equal(
    restored.map(({ one }) => one.ImageId),
    [first.ami, first.ami],
  );
  assert.is(await defaultAmi(it), first.ami);

  // AWS takes an address from what ends; moto does not.
  const stopped = await it.launch('stop', '--env', 'prod');
  assert.is(stopped.code, 0, stopped.out);
  assert.equal(await instancesOf(it), []);
  assert.equal(await templatesOf(it), []);
  // The machines behind moto follow what it says a little later.
  while ((await it.world.machines.running()) > 0) await sleep(100, signal);
  const { Parameters: kept = [] } = await ssm.send(new DescribeParametersCommand({}));
  assert.is(kept.length, 1);
});

test.run();
