import {
  DescribeImagesCommand,
  DescribeInstancesCommand,
  DescribeKeyPairsCommand,
  DescribeSecurityGroupsCommand,
  DescribeSnapshotsCommand,
  DescribeVolumesCommand,
} from '@aws-sdk/client-ec2';
import * as assert from 'uvu/assert';
import type { ImageRecord } from '../../src/catalogue/record.ts';
import { connectEngine } from '../../src/platforms/docker/engine.ts';
import { tagsOf } from '../../src/platforms/ec2/tags.ts';
import { type BakeWorkspace, bakeWorkspace } from '../support/bake-workspace.ts';
import { missing } from '../support/engines.ts';
import { type Moto, motoServer, noMoto } from '../support/moto.ts';
import { type MotoMachines, motoMachines, VENDOR, VENDOR_BASE } from '../support/moto-machines.ts';
import { suite } from '../support/suite.ts';

const test = suite('baking in an instance', { skip: noMoto || (await missing('docker')) });

const SCRIPT = `echo golden > /opt/golden
cp /etc/ssh/ssh_host_ed25519_key /root/.bash_history
cat > /etc/systemd/system/page.service <<'UNIT'
[Service]
ExecStart=/bin/sleep infinity
ExecStopPost=/bin/sh -c 'echo stopped > /var/log/page.log; echo stopped > /opt/stopped'
[Install]
WantedBy=multi-user.target
UNIT
systemctl enable --now page.service
`;

function files(subnet: string, script = SCRIPT): Record<string, string> {
  return {
    ...VENDOR_BASE,
    'templates/test-instance.yaml': `name: test-instance
base: vendor
machine: instance
forms: [ami]
converge:
  - shell: { script: provisioners/step.sh, creates: /opt/golden }
checks:
  service: { page: { enabled: true, running: true } }
  file: { /opt/golden: { exists: true, contents: [golden] } }
probe: { timeout: 60s, interval: 200ms, success-threshold: 2, stable-for: 500ms }
state: [/opt/stopped]
ami: { tags: { team: blue } }
instance: { type: t3.small, address: private, subnet: ${subnet}, start-timeout: 60s }
`,
    'provisioners/step.sh': script,
  };
}

/** What there is in the account, by kind: what is there from the beginning is not counted. */
async function left({ aws: { ec2 } }: Moto, machines: MotoMachines) {
  const [instances, keys, groups, volumes, images, snapshots] = await Promise.all([
    ec2.send(new DescribeInstancesCommand({})),
    ec2.send(new DescribeKeyPairsCommand({})),
    ec2.send(new DescribeSecurityGroupsCommand({ Filters: [{ Name: 'vpc-id', Values: [machines.vpc] }] })),
    ec2.send(new DescribeVolumesCommand({})),
    ec2.send(new DescribeImagesCommand({ Owners: ['self'] })),
    ec2.send(new DescribeSnapshotsCommand({ OwnerIds: ['self'] })),
  ]);
  const alive = (instances.Reservations ?? [])
    .flatMap(({ Instances = [] }) => Instances)
    .filter(({ State }) => State?.Name !== 'terminated');
  const tagged = (snapshots.Snapshots ?? []).filter(({ Tags }) => tagsOf(Tags)['kiln.bake'] !== undefined);
  return {
    instances: alive.length,
    keys: (keys.KeyPairs ?? []).length,
    groups: (groups.SecurityGroups ?? []).filter(({ GroupName }) => GroupName !== 'default').length,
    volumes: (volumes.Volumes ?? []).filter(({ State }) => State !== 'deleted').length,
    images: (images.Images ?? []).length,
    snapshots: tagged.length,
  };
}

const NOTHING = { instances: 0, keys: 0, groups: 0, volumes: 0, images: 0, snapshots: 0 };

async function recordOf(workspace: BakeWorkspace, ref: string, signal: AbortSignal): Promise<ImageRecord> {
  const { stdout } = await workspace.bake(['show', ref, '--json'], { signal });
  return JSON.parse(stdout) as ImageRecord;
}

test('a vendor’s AMI becomes a published one, sealed in the machine, and nothing else is left', async ({
  signal,
}) => {
  await using moto = await motoServer(signal);
  await using machines = await motoMachines(moto, signal, { loopback: true });
  await using workspace = await bakeWorkspace(files(machines.subnet));
  const before = await left(moto, machines);
  const { exitCode, stderr } = await workspace.bake(['image', 'test-instance'], { signal, env: moto.env });
  assert.is(exitCode, 0, stderr);
  const record = await recordOf(workspace, 'test-instance@1', signal);
  const [form] = record.forms;
  assert.is(form?.kind, 'ami');
  if (form?.kind !== 'ami') return;
  assert.match(record.base.source, `of ${VENDOR.owner}, ${machines.ami} in eu-central-1`);
  assert.is(record.checks.verify[0]?.form, 'ami');

  const { Images = [] } = await moto.aws.ec2.send(new DescribeImagesCommand({ ImageIds: [form.id] }));
  const { bake } = record;
  const tags = {
    team: 'blue',
    'kiln.bake': bake,
    'kiln.template': 'test-instance',
    'kiln.purpose': 'image',
    'kiln.image': 'test-instance@1',
    'kiln.digest': record.digest,
    Name: 'test-instance@1',
  };
  assert.equal(tagsOf(Images[0]?.Tags), tags);
  const { Snapshots = [] } = await moto.aws.ec2.send(
    new DescribeSnapshotsCommand({ SnapshotIds: [...form.snapshots] }),
  );
  assert.equal(tagsOf(Snapshots[0]?.Tags), tags);
  assert.equal(await left(moto, machines), { ...NOTHING, volumes: before.volumes, images: 1, snapshots: 1 });

  const image = machines.imageOf(form.id) ?? '';
  const found = await inImage(
    image,
    `cat /opt/golden /opt/stopped; stat -c '%s %n' /etc/machine-id /var/log/page.log
    find / -xdev \\( -name 'ssh_host_*' -o -name authorized_keys -o -name '90-cloud-init-users' -o -name .bash_history \
      -o -path '/var/lib/cloud/?*' -o -path '/var/lib/systemd/random-seed' -o -path '/tmp/?*' \\) -print
    find /var/log -type f -size +0 -print; grep -rl 'PRIVATE KEY' /etc /var /root /home /opt`,
    signal,
  );
  assert.equal(found, ['golden', 'stopped', '0 /etc/machine-id', '0 /var/log/page.log']);
});

test('a bake that fails in converge leaves nothing', async ({ signal }) => {
  await using moto = await motoServer(signal);
  await using machines = await motoMachines(moto, signal);
  await using workspace = await bakeWorkspace(files(machines.subnet, 'echo no >&2; exit 3\n'));
  const before = await left(moto, machines);
  const { exitCode, stderr } = await workspace.bake(['image', 'test-instance'], { signal, env: moto.env });
  assert.is(exitCode, 1, stderr);
  assert.match(stderr, /removed: instance of ami-/);
  assert.equal(await left(moto, machines), { ...NOTHING, volumes: before.volumes });
  assert.equal(await workspace.files(), []);
});

test('a bake that is interrupted while it waits for ssh leaves nothing', async ({ signal }) => {
  await using moto = await motoServer(signal);
  await using machines = await motoMachines(moto, signal);
  machines.muteNewOnes();
  await using workspace = await bakeWorkspace(files(machines.subnet));
  const before = await left(moto, machines);
  let interrupted = false;
  const { exitCode, stderr } = await workspace.bake(['image', 'test-instance'], {
    signal,
    env: moto.env,
    onStderr(text, kill) {
      if (interrupted || !/ is a t3\.small /.test(text)) return;
      interrupted = true;
      setTimeout(() => kill('SIGINT'), 1000);
    },
  });
  assert.ok(interrupted, stderr);
  assert.is(exitCode, 130, stderr);
  assert.match(stderr, /removed: security group kiln-/);
  assert.equal(await left(moto, machines), { ...NOTHING, volumes: before.volumes });
  assert.equal(await workspace.files(), []);
});

/** What a shell says in a fresh container of an image. */
async function inImage(image: string, script: string, signal: AbortSignal): Promise<string[]> {
  const { docker } = await connectEngine(signal);
  const container = await docker.createContainer({
    Image: image,
    Entrypoint: ['sh', '-c', script],
    Cmd: [],
    Tty: true,
  });
  try {
    await container.start();
    await container.wait();
    const text = (await container.logs({ stdout: true, stderr: true })).toString();
    return text.split(/\r?\n/).filter((line) => line !== '');
  } finally {
    await container.remove({ force: true });
  }
}

test.run();
