import {
  DescribeImagesCommand,
  DescribeInstancesCommand,
  DescribeKeyPairsCommand,
  DescribeSecurityGroupRulesCommand,
  DescribeSecurityGroupsCommand,
  DescribeVolumesCommand,
} from '@aws-sdk/client-ec2';
import * as assert from 'uvu/assert';
import type { AmiId } from '../../src/core/form-id.ts';
import { newBakeId } from '../../src/core/ids.ts';
import { Scope } from '../../src/core/scope.ts';
import { ec2Platform } from '../../src/platforms/ec2/ec2-platform.ts';
import type { InstanceBase } from '../../src/platforms/ec2/instance-base.ts';
import { tagsOf } from '../../src/platforms/ec2/tags.ts';
import type { MachineSpec } from '../../src/platforms/platform.ts';
import { listPrivateFolders } from '../../src/platforms/private-folder.ts';
import { missing } from '../support/engines.ts';
import { machineContract } from '../support/machine-contract.ts';
import { type Moto, motoServer, noMoto } from '../support/moto.ts';
import { INSTANCE_USER, type MotoMachines, motoMachines } from '../support/moto-machines.ts';
import { rejects } from '../support/rejects.ts';
import { suite } from '../support/suite.ts';
import { temporaryFolder } from '../unit/temporary-folder.ts';

const test = suite('an instance', { skip: noMoto || (await missing('docker')) });

/** An emulated cloud whose machines answer, and the platform of it; all of it goes with the scope. */
async function cloud(scope: Scope, signal: AbortSignal) {
  const moto: Moto = await motoServer(signal);
  scope.defer('moto', async () => await moto[Symbol.asyncDispose]());
  const machines: MotoMachines = await motoMachines(moto, signal);
  scope.defer('machines', async () => await machines[Symbol.asyncDispose]());
  const folder = await temporaryFolder();
  scope.defer('folder', async () => await folder[Symbol.asyncDispose]());
  const platform = ec2Platform(moto.aws, { work: folder.path });
  const { Images = [] } = await moto.aws.ec2.send(new DescribeImagesCommand({ ImageIds: [machines.ami] }));
  const base: InstanceBase = {
    ami: {
      id: machines.ami as AmiId,
      rootDevice: Images[0]?.RootDeviceName ?? '',
      disks: [{ device: Images[0]?.RootDeviceName ?? '', size: 8 }],
    },
    ...{ type: 't3.small', spot: false, user: INSTANCE_USER, address: 'private', startTimeout: 60_000 },
    subnet: machines.subnet,
  };
  const spec = (more: Partial<InstanceBase> = {}): MachineSpec<InstanceBase> => ({
    ...{ bake: newBakeId(), template: 'web', purpose: 'bake', init: 'systemd', asImage: false },
    base: { ...base, ...more },
  });
  return { moto, machines, platform, spec, folder: folder.path };
}

machineContract(test, {
  async start(scope, signal) {
    const { platform, spec } = await cloud(scope, signal);
    return await platform.start(spec(), scope, signal);
  },
  sleepers: 0,
});

test('all that is made for it is tagged, lets only this host in, and is gone with it', async ({ signal }) => {
  await using around = new Scope();
  const { moto, machines, platform, spec, folder } = await cloud(around, signal);
  const { ec2 } = moto.aws;
  const scope = new Scope();
  const order = spec();
  const machine = await platform.start(order, scope, signal);
  const { Reservations = [] } = await ec2.send(new DescribeInstancesCommand({ InstanceIds: [machine.id] }));
  const [instance] = Reservations[0]?.Instances ?? [];
  const tags = {
    'kiln.bake': order.bake,
    'kiln.template': 'web',
    'kiln.purpose': 'bake',
    Name: 'kiln web bake',
  };
  assert.equal(tagsOf(instance?.Tags), tags);
  const { KeyPairs = [] } = await ec2.send(new DescribeKeyPairsCommand({}));
  assert.equal(
    KeyPairs.map(({ KeyName, KeyType, Tags }) => [KeyName, KeyType, tagsOf(Tags)]),
    [[`kiln-${order.bake}-bake`, 'ed25519', tags]],
  );
  const { SecurityGroups = [] } = await ec2.send(
    new DescribeSecurityGroupsCommand({
      Filters: [{ Name: 'group-name', Values: [`kiln-${order.bake}-bake`] }],
    }),
  );
  assert.equal(tagsOf(SecurityGroups[0]?.Tags), tags);
  const Filters = [{ Name: 'group-id', Values: [SecurityGroups[0]?.GroupId ?? ''] }];
  const { SecurityGroupRules = [] } = await ec2.send(new DescribeSecurityGroupRulesCommand({ Filters }));
  const incoming = SecurityGroupRules.filter(({ IsEgress }) => !IsEgress);
  assert.equal(
    incoming.map(({ CidrIpv4, FromPort, ToPort, IpProtocol }) => [CidrIpv4, FromPort, ToPort, IpProtocol]),
    // The engine's network has its first address on this host.
    [[machines.range.replace(/0\/\d+$/, '1/32'), 22, 22, 'tcp']],
  );
  assert.is((await listPrivateFolders()).filter(({ of }) => of.startsWith(folder)).length, 1);

  const outcomes = await scope.close();
  assert.equal(
    outcomes.map(({ state }) => state),
    outcomes.map(() => 'removed'),
  );
  const after = await ec2.send(new DescribeInstancesCommand({ InstanceIds: [machine.id] }));
  assert.is(after.Reservations?.[0]?.Instances?.[0]?.State?.Name, 'terminated');
  const keys = await ec2.send(new DescribeKeyPairsCommand({}));
  assert.equal(keys.KeyPairs, []);
  const groups = await ec2.send(new DescribeSecurityGroupsCommand({ Filters }));
  assert.equal(groups.SecurityGroups, []);
  const volumes = await ec2.send(
    new DescribeVolumesCommand({ Filters: [{ Name: 'tag:kiln.bake', Values: [order.bake] }] }),
  );
  assert.equal(volumes.Volumes ?? [], []);
  assert.equal(
    (await listPrivateFolders()).filter(({ of }) => of.startsWith(folder)),
    [],
  );
});

test('it is entered through a proxy command, and not where another host key answers', async ({ signal }) => {
  await using around = new Scope();
  const { platform, spec, machines } = await cloud(around, signal);
  await using scope = new Scope();
  const proxyCommand = `perl -MIO::Socket::INET -MIO::Select -e '
    my ($h, $p) = @ARGV; my $s = IO::Socket::INET->new(PeerAddr => $h, PeerPort => $p) or exit 1;
    my $all = IO::Select->new($s, \\*STDIN); while (1) { for my $r ($all->can_read) {
      sysread($r, my $b, 65536) or exit 0; syswrite($r == $s ? \\*STDOUT : $s, $b); } }' %h %p`;
  const through = await platform.start(spec({ proxyCommand }), scope, signal);
  const { stdout } = await through.exec(['id', '-un'], { signal, timeout: 10_000 });
  assert.is(stdout, 'root\n');
  machines.forgeNewOnes();
  const fault = await rejects(platform.start(spec(), scope, signal), { code: 'MACHINE_UNREACHABLE' });
  assert.match(fault.message, /^another machine answers on 10\./);
});

test.run();
