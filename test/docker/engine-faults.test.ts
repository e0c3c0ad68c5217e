import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { connectEngine } from '../../src/platforms/docker/engine.ts';
import { type BakeWorkspace, bakeWorkspace } from '../support/bake-workspace.ts';
import { missing } from '../support/engines.ts';
import { everything, failedBake, makeBases } from '../support/failed-bake.ts';
import { privateEngine, smallDisk, unableToMount, unableToStartEngines } from '../support/private-engine.ts';
import { suite } from '../support/suite.ts';

const test = suite('an engine, a machine or a disk that fails', { skip: await missing('docker') });
const noEngines = await unableToStartEngines();
const noDisks = await unableToMount();

const MIB = 1024 * 1024;

function workspaceWith(script: string): Promise<BakeWorkspace> {
  return bakeWorkspace({
    'templates/test-lost.yaml': `name: test-lost
base: debian-12-minimal
converge:
  - shell: { script: provisioners/step.sh, creates: /opt/done }
container: { init: none, command: [sleep, "60"] }
`,
    'provisioners/step.sh': script,
  });
}

const ENDLESS = 'echo the step is at work\nsleep 600\n';

/** Random bytes: nothing on the way makes them fewer. */
function fill(mib: number): string {
  return `mkdir /opt/done\nhead -c ${mib}M /dev/urandom > /opt/done/random\n`;
}

test('a machine that is killed in a step is lost, and what is left of it removed', async ({ signal }) => {
  await makeBases(['debian-12-minimal'], signal);
  await using workspace = await workspaceWith(ENDLESS);
  const { docker } = await connectEngine(signal);
  let killing: Promise<unknown> | undefined;
  const expected = { exitCode: 3, code: 'MACHINE_LOST' } as const;
  const failed = await failedBake(workspace, ['test-lost'], expected, {
    signal,
    onStderr(piece) {
      if (!piece.includes('the step is at work')) return;
      killing = docker
        .listContainers({ filters: { label: ['kiln.template=test-lost'] } })
        .then((found) => Promise.all(found.map(({ Id }) => docker.getContainer(Id).kill())));
    },
  });
  assert.is(((await killing) as unknown[]).length, 1);
  assert.match(failed.fault.message, /^the machine stopped while .*exit code 137/);
  assert.match(failed.stderr, /removed: container kiln-test-lost-[\w-]+-bake/);
});

test(
  'an engine that is gone in the middle is told, with what it may still hold',
  async ({ signal }) => {
    await using engine = await privateEngine(signal);
    await using workspace = await workspaceWith(ENDLESS);
    const before = await everything(workspace, engine.docker);
    const { exitCode, stdout, stderr } = await workspace.bake(['image', 'test-lost', '--json'], {
      signal,
      env: { DOCKER_HOST: engine.address },
      onStderr: (piece) => void (piece.includes('the step is at work') && engine.kill()),
    });
    assert.is(exitCode, 3, stderr);
    assert.is(JSON.parse(stdout)[0].error.code, 'ENGINE_UNREACHABLE', stdout);
    assert.match(stderr, /✗ the Docker engine went away: run sh in the machine/);
    const left =
      /could not be removed: container (\S+) \(.*\); remove it with: docker -H (\S+) rm -f -v (\S+)\n/;
    const [, name = '', host, again] = left.exec(stderr) ?? [];
    assert.equal([host, again], [engine.address, name], stderr);

    await engine.start();
    // what it named in vain is in the ledger
    const collected = await workspace.bake(['gc'], { signal, env: { DOCKER_HOST: engine.address } });
    assert.is(collected.exitCode, 0, `${collected.stdout}\n${collected.stderr}`);
    assert.match(collected.stdout, name);
    assert.equal(await everything(workspace, engine.docker), before);
  },
  { skip: noEngines },
);

test(
  'a full disk under the catalogue is told, and nothing is left on it',
  async ({ signal }) => {
    await makeBases(['debian-12-minimal'], signal);
    await using workspace = await workspaceWith(fill(50));
    await using _disk = await smallDisk(join(workspace.home, 'work'), 16 * MIB);
    const expected = { exitCode: 3, code: 'DISK_FULL' } as const;
    const failed = await failedBake(workspace, ['test-lost'], expected, { signal });
    assert.is(failed.fault.message, 'no space is left for what the bake changed');
    assert.match(failed.fault.hint ?? '', '$KILN_HOME');
  },
  { skip: noDisks },
);

test(
  'a disk that is full while a base is bootstrapped is told, and the bootstrap is ended',
  async ({ signal }) => {
    await using workspace = await workspaceWith(fill(1));
    await workspace.write({
      'templates/bases/debian-12-minimal.yaml': 'debian: bookworm\ninclude: [ca-certificates, jq]\n',
    });
    await using _disk = await smallDisk(join(workspace.home, 'work'), 16 * MIB);
    const env = { XDG_CACHE_HOME: join(workspace.home, 'cache') };
    const expected = { exitCode: 3, code: 'DISK_FULL' } as const;
    await failedBake(workspace, ['test-lost'], expected, { signal, env });
  },
  { skip: noDisks },
);

test(
  'an engine whose disk is full is told, and nothing is left in it',
  async ({ signal }) => {
    // Room for the base, what the step writes, and the archive of it that the engine takes; not for one more.
    await using engine = await privateEngine(signal, 470 * MIB);
    await using workspace = await workspaceWith(fill(120));
    const expected = { exitCode: 3, code: 'DISK_FULL' } as const;
    const failed = await failedBake(workspace, ['test-lost'], expected, {
      signal,
      docker: engine.docker,
      env: { DOCKER_HOST: engine.address },
    });
    assert.match(failed.fault.message, 'the Docker engine has no space left: load an image');
    assert.match(failed.said, 'no space left on device');
  },
  { skip: noEngines || noDisks },
);

test.run();
