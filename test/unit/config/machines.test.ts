import * as assert from 'uvu/assert';
import { suite } from '../../support/suite.ts';
import { sampleWorkspace } from './sample-workspace.ts';

const test = suite('machines and forms');
const DISK = `disk: a.qcow2\nsha256: ${'0a'.repeat(32)}\n`;

async function problemsOf(template: string, base: string): Promise<string[]> {
  await using workspace = await sampleWorkspace({
    'templates/web.yaml': `name: web\nbase: cloud\n${template}`,
    'templates/bases/cloud.yaml': base,
  });
  const { problems } = await workspace.load();
  return problems.map(({ line, column, message }) => `${line}:${column} ${message}`);
}

test('a disk and a virtual machine need a base that names the packages of a kernel', async () => {
  assert.equal(await problemsOf('forms: [disk]\n', 'debian: bookworm\n'), [
    '3:1 a disk needs a kernel, and the base `cloud` names no packages for it',
  ]);
  assert.equal(await problemsOf('machine: vm\n', 'debian: bookworm\n'), [
    '3:10 a virtual machine needs a kernel, and the base `cloud` names no packages for it',
  ]);
  const boots = 'debian: bookworm\nboot: [linux-image-cloud-amd64]\n';
  assert.equal(await problemsOf('machine: vm\nforms: [disk, oci]\n', boots), []);
});

test('what has no init boots nowhere', async () => {
  const none = 'container: { init: none, command: [x] }\n';
  assert.equal(await problemsOf(`forms: [disk]\n${none}`, 'image: debian:12\n'), [
    '3:1 a disk boots systemd, but the template says `init: none`',
  ]);
});

test('an AMI needs a kernel too, and a volume that its disk fits on', async () => {
  assert.equal(await problemsOf('forms: [ami]\n', 'debian: bookworm\n'), [
    '3:1 an AMI needs a kernel, and the base `cloud` names no packages for it',
  ]);
  const boots = 'debian: bookworm\nboot: [linux-image-cloud-amd64]\n';
  const sized = (volume: string) => `forms: [ami]\ndisk: { size: 8G }\nami: { volume: ${volume} }\n`;
  assert.equal(await problemsOf(sized('4G'), boots), ['5:1 the volume of its AMI is smaller than its disk']);
  assert.equal(await problemsOf(sized('8G'), boots), []);
});

test('the disk of an AMI without an instance is encrypted by a key, and by no alias of one', async () => {
  const boots = 'debian: bookworm\nboot: [linux-image-cloud-amd64]\n';
  const by = (key: string) => `forms: [ami]\nami: { kms-key: "arn:aws:kms:eu-west-1:123456789012:${key}" }\n`;
  assert.equal(await problemsOf(by('alias/golden'), boots), [
    '4:1 a disk that is written without an instance cannot be encrypted by the alias of a key',
  ]);
  assert.equal(await problemsOf(by('key/0a1b'), boots), []);
  const vendor = 'ami: { owner: "136693071363", name: debian-12-*, architecture: x86_64 }\n';
  assert.equal(await problemsOf(`machine: instance\n${by('alias/golden')}`, vendor), []);
});

test('a key for an AMI that is not to be encrypted is refused', async () => {
  const boots = 'debian: bookworm\nboot: [linux-image-cloud-amd64]\n';
  const key = 'arn:aws:kms:eu-west-1:123456789012:key/0a1b';
  const ami = (encrypted: boolean) => `forms: [ami]\nami: { encrypted: ${encrypted}, kms-key: "${key}" }\n`;
  assert.equal(await problemsOf(ami(false), boots), [
    '4:1 its AMI is not to be encrypted, and has a key that it is encrypted with',
  ]);
  assert.equal(await problemsOf(ami(true), boots), []);
});

const vendorOf = (architecture: string) =>
  `ami: { owner: "136693071363", name: debian-12-*, architecture: ${architecture} }\n`;

test('the disks of an instance are encrypted, whatever is said', async () => {
  const said = 'machine: instance\nforms: [ami]\nami: { encrypted: false }\n';
  assert.equal(await problemsOf(said, vendorOf('x86_64')), [
    '5:1 the disks of an instance that is baked in are always encrypted, and so is its AMI',
  ]);
  assert.equal(await problemsOf(said.replace('false', 'true'), vendorOf('x86_64')), []);
});

test('what is encrypted with the account’s own key is not shared', async () => {
  const why = "an encrypted AMI is shared by a key of yours, and not by AWS's own for the account";
  const boots = 'debian: bookworm\nboot: [linux-image-cloud-amd64]\n';
  const shared = (more = '') => `forms: [ami]\nami: { share: { snapshots: ["123456789012"] }${more} }\n`;
  const key = ', kms-key: "arn:aws:kms:eu-west-1:123456789012:key/0a1b"';
  assert.equal(await problemsOf(shared(', encrypted: true'), boots), [`4:1 ${why}`]);
  for (const more of ['', ', encrypted: false', `${key}, encrypted: true`])
    assert.equal(await problemsOf(shared(more), boots), [], more);
  const inside = (more = '') => `machine: instance\n${shared(more)}`;
  assert.equal(await problemsOf(inside(), vendorOf('x86_64')), [`5:1 ${why}`]);
  assert.equal(await problemsOf(inside(key), vendorOf('x86_64')), []);
  const withNobody = inside().replace('"123456789012"', '');
  assert.equal(await problemsOf(withNobody, vendorOf('x86_64')), []);
});

test('an instance starts from an AMI of its own architecture', async () => {
  const on = (type?: string) =>
    `machine: instance\nforms: [ami]\n${type === undefined ? '' : `instance: { type: ${type} }\n`}`;
  assert.equal(await problemsOf(on(), vendorOf('arm64')), [
    '3:10 the base `cloud` is an AMI for arm64, which a t3.small cannot start from',
  ]);
  for (const type of [
    't4g.small',
    'a1.large',
    'c6gn.large',
    'is4gen.medium',
    'm7gd.metal',
    'hpc7g.4xlarge',
  ]) {
    assert.equal(await problemsOf(on(type), vendorOf('arm64')), [], type);
    assert.equal(await problemsOf(on(type), vendorOf('x86_64')), [
      `5:1 the base \`cloud\` is an AMI for x86_64, which a ${type} cannot start from`,
    ]);
  }
  for (const type of ['t3.small', 'g5.xlarge', 'g4dn.xlarge', 'u7in-24tb.224xlarge', 'm7i-flex.large'])
    assert.equal(await problemsOf(on(type), vendorOf('x86_64')), [], type);
});

test('only a virtual machine starts from a disk', async () => {
  assert.equal(await problemsOf('', DISK), [
    '2:7 the base `cloud` is a disk, which a container cannot start from',
  ]);
  assert.equal(await problemsOf('machine: vm\n', DISK), []);
});

test.run();
