import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  DescribeImageAttributeCommand,
  DescribeImagesCommand,
  DescribeSnapshotAttributeCommand,
  DescribeSnapshotsCommand,
  RunInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import * as assert from 'uvu/assert';
import { type AmiCopy, copyIn } from '../../src/catalogue/ami-copies.ts';
import { openFileCatalogue } from '../../src/catalogue/file-store.ts';
import { digestOf } from '../../src/core/digest.ts';
import type { Aws } from '../../src/platforms/ec2/aws.ts';
import { setTags } from '../../src/platforms/ec2/set-tags.ts';
import { BAKE_TAG, tagsOf } from '../../src/platforms/ec2/tags.ts';
import { type AwsProxy, awsProxy, type ProxyHabits } from '../support/aws-proxy.ts';
import { motoServer, noMoto, REGION } from '../support/moto.ts';
import { registeredAmi } from '../support/registered-ami.ts';
import { suite } from '../support/suite.ts';
import { sampleDraft, temporaryHome } from '../unit/catalogue/sample-record.ts';
import { runCli, startCli } from '../unit/cli/run-cli.ts';

const test = suite('distribution of AMIs', { skip: noMoto });

const [OREGON, DUBLIN] = ['us-west-2', 'eu-west-1'];
const [ONE, TWO] = ['111111111111', '222222222222'];
const TEMPLATE = `name: web
base: plain
forms: [ami]
keep: { last: 1 }
ami:
  copy: { ${OREGON}: {}, ${DUBLIN}: { kms-key: alias/golden } }
  share: { accounts: ["${ONE}"], snapshots: ["${TWO}"] }
`;

/** A catalogue with an image `web@1` that has an AMI in the emulator, and what runs commands on it. */
async function kiln(proxy: AwsProxy, ami: Awaited<ReturnType<typeof registeredAmi>>) {
  const home = await temporaryHome();
  const root = join(home.path, 'workspace');
  await mkdir(join(root, 'templates/bases'), { recursive: true });
  await writeFile(join(root, 'templates/web.yaml'), TEMPLATE);
  await writeFile(
    join(root, 'templates/bases/plain.yaml'),
    'debian: bookworm\nboot: [linux-image-cloud-amd64, systemd-boot-efi, openssh-server, systemd-resolved]\n',
  );
  const catalogue = openFileCatalogue(home.path);
  const env = { ...proxy.env, KILN_HOME: home.path, DOCKER_HOST: `unix://${home.path}/none` };
  const args = ['--workspace', root];
  const { id, snapshots } = ami;
  await catalogue.publish(sampleDraft(), async () => [
    { kind: 'ami', region: REGION, id, snapshots, architecture: 'x86_64' },
  ]);
  return {
    id,
    home: home.path,
    bake: (...words: string[]) => runCli('src/cli/bake.ts', [...args, ...words], env),
    start: (...words: string[]) => startCli('src/cli/bake.ts', [...args, ...words], env),
    async copies(): Promise<readonly AmiCopy[]> {
      return await catalogue.copies({ template: 'web', version: 1 });
    },
    /** One more image of the template, so that the first may go. */
    async next() {
      await catalogue.publish(sampleDraft({ digest: digestOf('next') }), async () => []);
    },
    ledgers: () => readdir(join(home.path, 'ledger')).catch(() => []),
    [Symbol.asyncDispose]: () => home[Symbol.asyncDispose](),
  };
}

async function world(signal: AbortSignal, habits: ProxyHabits = {}) {
  const moto = await motoServer(signal);
  // The fake takes what it has seen made for new.
  const ami = await registeredAmi(moto.aws, 'kiln/web/3h2k9x4p-000001', signal);
  await setTags(moto.aws, [ami.id, ...ami.snapshots], { [BAKE_TAG]: '3h2k9x4p-000001' }, signal);
  const proxy = await awsProxy(moto, habits);
  const own = await kiln(proxy, ami);
  return {
    ...own,
    proxy,
    async [Symbol.asyncDispose]() {
      await own[Symbol.asyncDispose]();
      await proxy[Symbol.asyncDispose]();
      await moto[Symbol.asyncDispose]();
    },
  };
}

/** AMIs of this account in a region. */
async function amisIn(aws: Aws): Promise<string[]> {
  const { Images = [] } = await aws.ec2.send(new DescribeImagesCommand({ Owners: ['self'] }));
  return Images.map(({ ImageId = '' }) => ImageId);
}

async function sharedWith(aws: Aws, { id, snapshots }: Pick<AmiCopy, 'id' | 'snapshots'>) {
  const { LaunchPermissions = [] } = await aws.ec2.send(
    new DescribeImageAttributeCommand({ ImageId: id, Attribute: 'launchPermission' }),
  );
  const { CreateVolumePermissions = [] } = await aws.ec2.send(
    new DescribeSnapshotAttributeCommand({
      SnapshotId: snapshots[0] ?? '',
      Attribute: 'createVolumePermission',
    }),
  );
  return [LaunchPermissions, CreateVolumePermissions].map((all) => all.map(({ UserId }) => UserId));
}

test('a region that fails leaves the others, is told with what to do, and is finished later', async ({
  signal,
}) => {
  await using web = await world(signal, { imagesPending: 1 });
  const { proxy } = web;
  proxy.inject({ region: OREGON, error: 'UnauthorizedOperation' });
  const first = await web.bake('distribute', 'web@1');
  assert.is(first.code, 1, first.stderr);
  assert.match(first.stdout, new RegExp(`^${REGION} +${web.id} +made there; ${ONE} may launch it`, 'm'));
  assert.match(
    first.stdout,
    new RegExp(`^${OREGON} +- +failed: the credentials of AWS_ACCESS_KEY_ID may not do`, 'm'),
  );
  assert.match(first.stdout, /✘ web@1 is not all that is declared in 1 of 3 regions; bake distribute web@1/);
  const [dublin, ...none] = await web.copies();
  assert.equal([dublin?.region, none], [DUBLIN, []]);
  assert.equal(await web.ledgers(), []);

  proxy.forget();
  const second = await web.bake('distribute', 'web@1', '--region', OREGON, '--json');
  assert.is(second.code, 0, second.stderr);
  const { regions } = JSON.parse(second.stdout);
  assert.equal(
    regions.map(({ region, state }: { region: string; state: string }) => [region, state]),
    [[OREGON, 'copied']],
  );
  const copies = await web.copies();
  assert.equal(
    copies.map(({ region }) => region),
    [DUBLIN, OREGON],
  );
  for (const copy of copies) {
    const aws = proxy.aws.in(copy.region);
    assert.equal(await amisIn(aws), [copy.id]);
    assert.equal(await sharedWith(aws, copy), [[ONE], [TWO]]);
    const { Images = [] } = await aws.ec2.send(new DescribeImagesCommand({ ImageIds: [copy.id] }));
    assert.is(tagsOf(Images[0]?.Tags)['kiln.bake'], copy.run);
  }

  proxy.forget();
  const third = await web.bake('distribute', 'web', '--json');
  assert.equal(
    JSON.parse(third.stdout).regions.map(({ state, changed }: { state: string; changed: string[] }) => [
      state,
      changed,
    ]),
    [
      ['original', []],
      ['there', []],
      ['there', []],
    ],
  );
  assert.equal(proxy.calls.filter(({ action }) => !/:Describe/.test(action)).length, 0);
  const show = await web.bake('show', 'web@1');
  assert.match(show.stdout, new RegExp(`^copy +${OREGON} +${copies[1]?.id}$`, 'm'));
});

test('an interruption removes what is on its way; what was there stays', async ({ signal }) => {
  await using web = await world(signal, { imagesPending: 1000 });
  const { proxy } = web;
  await using running = web.start('distribute', 'web@1');
  const begun = new Promise<void>((resolve) => {
    let copies = 0;
    proxy.onCall(({ action }, when) => {
      if (action === 'ec2:CopyImage' && when === 'after') copies++;
      // They are waited for.
      if (copies === 2 && action === 'ec2:DescribeImages' && when === 'before') resolve();
    });
  });
  await begun;
  running.child.kill('SIGINT');
  const { code, stderr } = await running.result();
  assert.is(code, 130, stderr);
  assert.match(stderr, `removed: copy of ${web.id} in ${OREGON}`);
  for (const region of [OREGON, DUBLIN]) assert.equal(await amisIn(proxy.aws.in(region)), []);
  assert.equal(await amisIn(proxy.aws), [web.id]);
  assert.equal([await web.copies(), await web.ledgers()], [[], []]);
});

test('what a killed one has left is found by `bake gc`, and what was noted stays', async ({ signal }) => {
  await using web = await world(signal, { imagesPending: 3 });
  const { proxy } = web;
  const dublin = await web.bake('distribute', 'web@1', '--region', DUBLIN);
  assert.is(dublin.code, 0, dublin.stderr);
  await using running = web.start('distribute', 'web@1');
  let copied = false;
  proxy.onCall(({ action, region }, when) => {
    if (region !== OREGON) return;
    if (action === 'ec2:CopyImage' && when === 'after') copied = true;
    if (copied && action === 'ec2:DescribeImages' && when === 'before') running.child.kill('SIGKILL');
  });
  await running.result();
  const [left = ''] = await amisIn(proxy.aws.in(OREGON));
  assert.match(left, /^ami-/);
  const gc = await web.bake('gc');
  assert.is(gc.code, 0, gc.stderr);
  assert.equal(await amisIn(proxy.aws.in(OREGON)), []);
  assert.equal(
    await amisIn(proxy.aws.in(DUBLIN)),
    (await web.copies()).map(({ id }) => id),
  );
});

test('a prune removes AMIs and snapshots in every region, once nothing is of them', async ({ signal }) => {
  await using web = await world(signal);
  const { aws } = web.proxy;
  assert.is((await web.bake('distribute', 'web@1')).code, 0);
  await web.next();
  const copies = await web.copies();
  const oregon = aws.in(OREGON);
  const others = await registeredAmi(oregon, 'somebody’s', signal);
  const { Instances = [] } = await oregon.ec2.send(
    new RunInstancesCommand({
      ImageId: copyIn(copies, OREGON)?.id,
      MinCount: 1,
      MaxCount: 1,
      InstanceType: 't3.small',
    }),
  );
  const [{ InstanceId = '' } = {}] = Instances;
  const held = await web.bake('prune', '--yes');
  assert.is(held.code, 0, held.stderr);
  assert.match(held.stdout, new RegExp(`web@1 .*instance ${InstanceId} \\(\\w+\\) in ${OREGON} is of it`));
  assert.is((await amisIn(oregon)).length, 2);

  await oregon.ec2.send(new TerminateInstancesCommand({ InstanceIds: [InstanceId] }));
  const dry = await web.bake('prune');
  assert.match(dry.stdout, new RegExp(`^with web@1: ${web.id} in ${REGION}, ami-`, 'm'));
  assert.is((await amisIn(oregon)).length, 2);
  const done = await web.bake('prune', '--yes', '--json');
  assert.is(done.code, 0, done.stderr);
  assert.equal(
    JSON.parse(done.stdout).done.images[0].parts.map((one: { part: string; state: string }) => [
      one.part,
      one.state,
    ]),
    [
      ['ami', 'removed'],
      ['tree', 'removed'],
    ],
  );
  assert.equal(
    [await amisIn(aws), await amisIn(aws.in(DUBLIN)), await amisIn(oregon)],
    [[], [], [others.id]],
  );
  const Filters = [
    { Name: 'snapshot-id', Values: [...copies.flatMap(({ snapshots }) => snapshots), ...others.snapshots] },
  ];
  const { Snapshots = [] } = await oregon.ec2.send(new DescribeSnapshotsCommand({ Filters }));
  assert.equal(
    Snapshots.map(({ SnapshotId }) => SnapshotId),
    others.snapshots,
  );
  assert.equal(await readdir(join(web.home, 'records/web')), ['1.pruned', '2.json']);
});

test.run();
