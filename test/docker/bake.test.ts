import * as assert from 'uvu/assert';
import type { ImageRecord } from '../../src/catalogue/record.ts';
import { connectEngine } from '../../src/platforms/docker/engine.ts';
import { type BakeWorkspace, bakeWorkspace } from '../support/bake-workspace.ts';
import { engineContents } from '../support/engine-contents.ts';
import { missing } from '../support/engines.ts';
import { suite } from '../support/suite.ts';

const test = suite('baking an image', { skip: await missing('docker') });

async function record(workspace: BakeWorkspace, ref: string, signal: AbortSignal): Promise<ImageRecord> {
  const { stdout } = await workspace.bake(['show', ref, '--json'], { signal });
  return JSON.parse(stdout) as ImageRecord;
}

const SMALL = `name: test-small
base: debian-12-minimal
converge:
  - shell: { script: provisioners/small.sh, creates: /opt/small }
checks:
  file: { /opt/small: { exists: true, contents: [golden] } }
container: { init: none, command: [sleep, "60"] }
`;

test('one template twice gives one digest and one image, and leaves nothing but images', async ({
  signal,
}) => {
  await using workspace = await bakeWorkspace({
    'templates/test-small.yaml': SMALL,
    'provisioners/small.sh': 'echo golden > /opt/small\ndate > /tmp/trace\nrm /etc/issue\n',
  });
  const first = await workspace.bake(['image', 'test-small'], { signal });
  assert.is(first.exitCode, 0, first.stderr);
  assert.match(first.stdout, /^✔ test-small@1 {2}sha256:[0-9a-f]{12}… /);
  const before = await engineContents();
  const second = await workspace.bake(['image', 'test-small'], { signal });
  assert.is(second.exitCode, 0, second.stderr);
  assert.match(second.stdout, 'since test-small@1: the same content');
  const [one, two] = [
    await record(workspace, 'test-small@1', signal),
    await record(workspace, 'test-small', signal),
  ];
  assert.is(two.version, 2);
  assert.is(one.digest, two.digest);
  assert.is(one.forms[0]?.digest, two.forms[0]?.digest);
  assert.equal(one.bakeKey, two.bakeKey);
  const added = (await engineContents()).filter((line) => !before.includes(line));
  assert.equal(added.length, 1, added.join('\n'));
  assert.match(
    added[0] ?? '',
    /^image sha256:[0-9a-f]{64} kiln\/test-small:1 kiln\/test-small:2 kiln\/test-small:latest$/,
  );
});

test('the image has what was converged, no trace of the bake, and whiteouts for what was removed', async ({
  signal,
}) => {
  await using workspace = await bakeWorkspace({
    'templates/test-small.yaml': SMALL,
    'provisioners/small.sh': `echo golden > /opt/small
ln /opt/small /opt/linked; ln /etc/debian_version /opt/linked-to-base; ln -s small /opt/soft
date > /tmp/trace; date > /var/log/trace.log
rm /etc/issue; rm -r /usr/share/doc/base-files; rm -r /etc/skel; echo file > /etc/skel
`,
  });
  const { exitCode, stderr } = await workspace.bake(['image', 'test-small'], { signal });
  assert.is(exitCode, 0, stderr);
  const { docker } = await connectEngine(signal);
  const script = `cd /opt; cat small linked; stat -c '%h %n' small linked; cmp linked-to-base /etc/debian_version
    readlink soft; cat /etc/skel; stat -c %s /var/log/trace.log
    for gone in /etc/issue /usr/share/doc/base-files /tmp/trace; do [ -e $gone ] || echo no $gone; done`;
  const container = await docker.createContainer({
    Image: 'kiln/test-small',
    Cmd: ['sh', '-c', script],
    Tty: true,
  });
  try {
    await container.start();
    await container.wait();
    assert.equal((await container.logs({ stdout: true })).toString().trim().split(/\r?\n/), [
      'golden',
      'golden',
      '2 small',
      '2 linked',
      'small',
      'file',
      '0',
      'no /etc/issue',
      'no /usr/share/doc/base-files',
      'no /tmp/trace',
    ]);
  } finally {
    await container.remove({ force: true, v: true });
  }
});

test.run();
