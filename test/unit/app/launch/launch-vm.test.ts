import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import type { LaunchOutcome } from '../../../../src/app/launch/launch-environment.ts';
import { status } from '../../../../src/app/launch/status.ts';
import { stop } from '../../../../src/app/launch/stop.ts';
import { Fault } from '../../../../src/core/fault.ts';
import { everythingPending } from '../../../../src/core/scope.ts';
import type { InstanceSpec } from '../../../../src/platforms/launcher.ts';
import { rejects } from '../../../support/rejects.ts';
import { suite } from '../../../support/suite.ts';
import { launchWorld } from './launch-world.ts';

const test = suite('launching virtual machines');

const BOTH = { forms: ['oci', 'disk'] } as const;
const FILES = {
  'environments/dev/environment.yaml': 'platform: docker\nimages: { web: { publish: ["8081:80"] } }\n',
  'environments/staging/environment.yaml':
    'platform: qemu\nafter: dev\nimages: { web: { publish: ["8082:80"] } }\n',
};
const onQemu = (more = '') => ({
  'environments/dev/environment.yaml': `platform: qemu\nimages: { web: { publish: ["8081:80"]${more} } }\n`,
});

type World = Awaited<ReturnType<typeof launchWorld>>;

function faultOf(outcome: LaunchOutcome | undefined): Fault {
  const error = outcome?.failure?.error;
  if (!(error instanceof Fault)) throw new Error('it did not fail');
  return error;
}

function whyOf([outcome]: readonly LaunchOutcome[]): string | undefined {
  return outcome?.places[0]?.why;
}

/** Everything that runs, wherever it does. */
function everywhere(world: World): string[] {
  return [...world.runs().map((line) => `docker ${line}`), ...world.boots().map((line) => `qemu ${line}`)];
}

test('dev as containers and staging as virtual machines run the same content, and status shows it', async ({
  signal,
}) => {
  await using world = await launchWorld(FILES);
  const record = await world.bake('web', {}, BOTH);
  await world.launch('dev');
  const [outcome] = await world.launch('staging');
  assert.is(outcome?.reason, 'dev runs it');
  assert.equal(everywhere(world), ['docker dev web-1 web@1 serving', 'qemu staging web-1 web@1 serving']);
  const { instances, next } = await status({ workspace: world.root }, world.ports, signal);
  const [oci, disk] = record.forms;
  assert.equal(
    instances.map(({ environment, platform, digest, form }) => [environment, platform, digest, form]),
    [
      ['dev', 'docker', record.digest, oci?.digest],
      ['staging', 'qemu', record.digest, disk?.digest],
    ],
  );
  assert.equal(
    next.map(({ state }) => state),
    ['current', 'current'],
  );
  const { launches } = await world.history.read('staging');
  assert.equal(
    launches.map(({ platform, result }) => [platform, result]),
    [['qemu', 'healthy']],
  );
});

test('a machine is made of the disk below $KILN_HOME, as large as its record says', async () => {
  await using world = await launchWorld(onQemu());
  const specs: (InstanceSpec | undefined)[] = [];
  world.qemu.before('launch', ({ subject }) => void specs.push(subject.spec));
  const record = await world.bake('web', {}, BOTH);
  await world.launch('dev');
  await world.bake('web', { vm: { memory: 512, cpus: 1 } }, BOTH);
  await world.launch('dev');
  const disk = record.forms.find((form) => form.kind === 'disk');
  assert.equal(specs[0]?.vm, {
    disk: {
      file: join(world.home, disk?.file ?? ''),
      format: 'qcow2',
      digest: disk?.digest,
      kernel: {
        file: join(world.home, disk?.boot.kernel.file ?? ''),
        initrd: join(world.home, disk?.boot.initrd.file ?? ''),
        options: 'root=PARTLABEL=root rw',
      },
    },
    memory: 1024,
    cpus: 2,
  });
  assert.is(specs[0]?.form, disk?.digest);
  assert.equal([specs[1]?.vm?.memory, specs[1]?.vm?.cpus], [512, 1]);
});

test('an environment that is moved to another platform is moved place by place, and back', async () => {
  await using world = await launchWorld(FILES);
  await world.bake('web', {}, BOTH);
  await world.launch('dev');
  const before = FILES['environments/dev/environment.yaml'];
  await world.write(onQemu());
  assert.is(whyOf(await world.launch('dev')), 'it ran on docker');
  assert.equal(everywhere(world), ['qemu dev web-1 web@1 serving']);
  assert.equal(
    world.qemu.instances().map(({ publish }) => publish[0]?.hostPort),
    [8081],
    'the port went along',
  );
  const [again] = await world.launch('dev');
  assert.is(again?.places[0]?.state, 'unchanged');
  await world.write({ 'environments/dev/environment.yaml': before });
  assert.is(whyOf(await world.launch('dev')), 'it ran on qemu');
  assert.equal(everywhere(world), ['docker dev web-1 web@1 serving']);
});

test('whatever is refused and whenever a move is interrupted, one instance serves and no other is left', async () => {
  const ends = new Set<string>();
  for (const when of ['before', 'after'] as const) {
    for (const how of ['fails', 'is interrupted'] as const) {
      for (let nth = 1; nth <= 9; nth++) {
        await using world = await launchWorld(FILES);
        await world.bake('web', {}, BOTH);
        await world.launch('dev');
        await world.write(onQemu());
        const controller = new AbortController();
        let calls = 0;
        for (const fake of [world.launcher, world.qemu]) {
          for (const method of ['list', 'launch', 'enter', 'withdraw', 'publish', 'remove'] as const) {
            fake[when](method, () => {
              if (++calls !== nth) return;
              if (how === 'fails') throw new Fault('ENGINE_FAILED', `call ${nth} was refused`);
              controller.abort(new Fault('INTERRUPTED', 'interrupted by SIGINT'));
            });
          }
        }
        await world.launch('dev', { signal: controller.signal }).catch(() => {});
        const [runs = '', ...others] = everywhere(world);
        const about = `${when} call ${nth}, which ${how}: ${everywhere(world).join(', ')}`;
        assert.match(runs, /^(docker|qemu) dev web-1 web@1 serving$/, about);
        assert.equal(others, [], about);
        assert.equal(everythingPending(), [], about);
        ends.add(runs.split(' ')[0] ?? '');
      }
    }
  }
  assert.equal([...ends].sort(), ['docker', 'qemu']);
});

test('one that is not healthy as a virtual machine leaves the container where it was', async () => {
  await using world = await launchWorld(FILES, {
    healthy: ({ platform, serving }) => platform === 'docker' || !serving,
  });
  await world.bake('web', {}, BOTH);
  await world.launch('dev');
  await world.write(onQemu());
  const [outcome] = await world.launch('dev');
  assert.is(faultOf(outcome).code, 'CHECK_FAILED');
  assert.equal(everywhere(world), ['docker dev web-1 web@1 serving']);
});

test('an image of an environment may run elsewhere than the others', async () => {
  await using world = await launchWorld({
    'environments/dev/environment.yaml':
      'platform: docker\nimages: { app: {}, web: { platform: qemu, count: 2, publish: ["8081-8082:80"] } }\n',
  });
  await world.bake('app');
  await world.bake('web', {}, BOTH);
  await world.launch('dev');
  assert.equal(everywhere(world), [
    'docker dev app-1 app@1 serving',
    'qemu dev web-1 web@1 serving',
    'qemu dev web-2 web@1 serving',
  ]);
});

test('what is not declared any more is stopped wherever it runs, and so is all of it by stop', async ({
  signal,
}) => {
  await using world = await launchWorld({
    'environments/dev/environment.yaml': 'platform: docker\nimages: { app: {}, web: { platform: qemu } }\n',
  });
  await world.bake('app');
  await world.bake('web', {}, BOTH);
  await world.launch('dev');
  await world.write({ 'environments/dev/environment.yaml': 'platform: docker\nimages: { app: {} }\n' });
  await world.launch('dev');
  assert.equal(everywhere(world), ['docker dev app-1 app@1 serving']);
  await world.write({ 'environments/dev/environment.yaml': 'platform: qemu\nimages: { web: {} }\n' });
  await world.launch('dev', { names: ['web'] });
  const stopped = await stop(
    { workspace: world.root, environment: 'dev', names: [] },
    world.ports,
    () => {},
    signal,
  );
  assert.equal(
    stopped.flatMap(({ nodes }) => nodes),
    ['app-1', 'web-1'],
  );
  assert.equal(everywhere(world), []);
});

test('a rollback goes to the image before, on the platform of today', async () => {
  await using world = await launchWorld(FILES);
  await world.bake('web', {}, BOTH);
  await world.launch('dev');
  await world.bake('web', {}, BOTH);
  await world.write(onQemu());
  await world.launch('dev');
  const [outcome] = await world.launch('dev', { action: 'rollback', names: ['web'] });
  assert.equal([outcome?.reason, outcome?.previous], ['rolled back', 'web@2']);
  assert.equal(everywhere(world), ['qemu dev web-1 web@1 serving']);
});

test('where no container engine answers, virtual machines are launched, shown and stopped all the same', async ({
  signal,
}) => {
  await using world = await launchWorld(onQemu());
  await world.bake('web', {}, BOTH);
  world.launcher.breakEngine();
  await world.launch('dev');
  assert.equal(world.boots(), ['dev web-1 web@1 serving']);
  const { instances } = await status({ workspace: world.root }, world.ports, signal);
  assert.is(instances[0]?.health, 'healthy');
  await stop({ workspace: world.root, environment: 'dev', names: [] }, world.ports, () => {}, signal);
  assert.equal(world.boots(), []);
});

test('without the engine nothing is promoted past what it may run, nor is what moved there launched twice', async () => {
  await using world = await launchWorld(FILES);
  await world.bake('web', {}, BOTH);
  await world.launch('dev');
  world.launcher.breakEngine();
  assert.is(faultOf((await world.launch('staging'))[0]).code, 'ENGINE_UNREACHABLE');
  await world.write(onQemu());
  await rejects(world.launch('dev'), { code: 'ENGINE_UNREACHABLE' });
  assert.equal(world.boots(), []);
  world.launcher.mendEngine();
  await world.launch('dev');
  world.launcher.breakEngine();
  await world.launch('staging');
  assert.equal(world.boots(), ['dev web-1 web@1 serving', 'staging web-1 web@1 serving']);
});

test('an image without a disk is refused with what to bake', async () => {
  await using world = await launchWorld(onQemu());
  await world.bake();
  const fault = faultOf((await world.launch('dev'))[0]);
  assert.equal(
    [fault.code, fault.message],
    ['FORM_MISSING', 'web@1 has no form disk, which is what qemu runs'],
  );
  assert.match(fault.hint ?? '', '`bake image web --forms oci,disk`');
});

test('an image without an init is refused, with or without a disk', async () => {
  await using world = await launchWorld(onQemu());
  for (const baked of [{}, BOTH]) {
    await world.bake('web', { init: 'none' }, baked);
    const fault = faultOf((await world.launch('dev'))[0]);
    assert.is(fault.code, 'CONFIG_INVALID');
    assert.match(fault.message, /^web@\d has no init, and qemu runs machines that boot$/);
    assert.match(fault.hint ?? '', /`platform: docker` for web .* `container: \{ init: systemd \}`/);
  }
  assert.equal(world.boots(), []);
});

test('a disk that is gone or has other bytes is refused before anything is touched', async () => {
  await using world = await launchWorld(onQemu());
  const { forms } = await world.bake('web', {}, BOTH);
  await world.launch('dev');
  const disk = forms.find((form) => form.kind === 'disk');
  const file = join(world.home, disk?.file ?? '');
  await writeFile(file, 'other bytes');
  assert.is(faultOf((await world.launch('dev'))[0]).code, 'IMAGE_ALTERED');
  await rm(file);
  assert.is(faultOf((await world.launch('dev'))[0]).code, 'FORM_MISSING');
  assert.equal(world.boots(), ['dev web-1 web@1 serving']);
});

test('a port that the record says the image does not listen on is refused', async () => {
  await using world = await launchWorld(onQemu());
  await world.bake('web', { ports: ['443/tcp', '80/udp'] }, BOTH);
  const fault = faultOf((await world.launch('dev'))[0]);
  assert.is(fault.message, 'dev publishes port 80/tcp of web@1, which listens on 443/tcp, 80/udp');
  await world.bake('web', { ports: ['80/tcp'] }, BOTH);
  await world.launch('dev');
  assert.equal(world.boots(), ['dev web-1 web@2 serving']);
});

test('an image on request is launched when it is named, and from then on with all the others', async ({
  signal,
}) => {
  await using world = await launchWorld({
    'environments/dev/environment.yaml':
      'platform: docker\nimages: { app: {}, web: { platform: qemu, on-request: true } }\n',
  });
  await world.bake('app');
  const outcomes = await world.launch('dev');
  assert.equal(
    outcomes.map(({ template }) => template),
    ['app'],
    'that web was never baked is no matter',
  );
  const nextOf = async () =>
    (await status({ workspace: world.root }, world.ports, signal)).next.map(({ template }) => template);
  assert.equal(await nextOf(), ['app']);
  await world.bake('web', {}, BOTH);
  await world.launch('dev');
  assert.equal(everywhere(world), ['docker dev app-1 app@1 serving']);
  await world.launch('dev', { names: ['web'] });
  await world.bake('web', {}, BOTH);
  assert.equal(await nextOf(), ['app', 'web']);
  await world.launch('dev');
  assert.equal(everywhere(world), ['docker dev app-1 app@1 serving', 'qemu dev web-1 web@2 serving']);
});

test('an image that was not verified goes to the first environment alone, which says so', async ({
  signal,
}) => {
  await using world = await launchWorld(FILES);
  await world.bake('web', {}, { ...BOTH, unverified: true });
  await world.launch('dev');
  const [refused] = await world.launch('staging');
  assert.is(faultOf(refused).code, 'NOT_PROMOTED');
  assert.match(
    faultOf(refused).message,
    /it was never started before it was published, and staging is not the first/,
  );
  const { instances, next } = await status({ workspace: world.root }, world.ports, signal);
  assert.equal(instances[0]?.notes, ['web@1 was never started before it was published']);
  assert.is(instances[0]?.health, 'healthy');
  assert.match(next[1]?.why ?? '', /never started/);
  const [forced] = await world.launch('staging', { override: 'it was looked at by hand' });
  assert.equal(forced?.overridden, [
    'it was never started before it was published, and staging is not the first environment',
  ]);
  assert.equal(world.boots(), ['staging web-1 web@1 serving']);
  await world.launch('staging', { action: 'replace' });
});

test('one that runs but takes no connection is not healthy, and is replaced', async () => {
  await using world = await launchWorld(onQemu());
  await world.bake('web', {}, BOTH);
  await world.launch('dev');
  let deaf = true;
  world.qemu.before('enter', () => {
    if (deaf) throw new Fault('MACHINE_UNREACHABLE', 'ssh never answered');
  });
  world.qemu.before('launch', () => {
    deaf = false;
  });
  assert.is(whyOf(await world.launch('dev')), 'it was not healthy: it does not answer');
  assert.equal(world.boots(), ['dev web-1 web@1 serving']);
});

test.run();
