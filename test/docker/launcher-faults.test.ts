import * as assert from 'uvu/assert';
import type { Digest } from '../../src/core/digest.ts';
import { Scope } from '../../src/core/scope.ts';
import { dockerLauncher } from '../../src/platforms/docker/docker-launcher.ts';
import { engineContents } from '../support/engine-contents.ts';
import { missing } from '../support/engines.ts';
import { delivery, freePort, instanceSpec, published } from '../support/instance-spec.ts';
import { PAGE_SERVER, page } from '../support/page-server.ts';
import { type PrivateEngine, privateEngine, unableToStartEngines } from '../support/private-engine.ts';
import { rejects } from '../support/rejects.ts';
import { suite } from '../support/suite.ts';

const skip = (await missing('docker')) || (await unableToStartEngines());
const test = suite('instances of an engine that goes away', { skip });

function launcherOf({ docker, address }: PrivateEngine) {
  const socketPath = address.replace(/^unix:\/\//, '');
  return dockerLauncher({ docker, address: { how: 'private engine', socketPath } });
}

async function serverImage({ docker }: PrivateEngine): Promise<Digest> {
  const [base] = await docker.listImages();
  const container = await docker.createContainer({ Image: base?.Id ?? '', Cmd: [...PAGE_SERVER] });
  const { Id } = (await container.commit({})) as { Id: Digest };
  await container.remove();
  return Id;
}

test('every call says that the engine is gone; after its restart instances are listed, removed and launched anew', async ({
  signal,
}) => {
  await using engine = await privateEngine(signal);
  await using scope = new Scope();
  const launcher = launcherOf(engine);
  const form = await serverImage(engine);
  const before = await engineContents(engine.docker);
  const port = await freePort();
  const spec = (changes: object = {}) =>
    instanceSpec({ environment: 'prod', form, publish: [published(port)], ...changes });
  const [old, next] = [
    await launcher.launch(spec(), scope, signal),
    await launcher.launch(spec(), scope, signal),
  ];
  for (const { keep } of [old, next]) keep();
  await launcher.publish(old.instance, signal);

  async function* killing(): AsyncGenerator<Uint8Array> {
    await engine.kill();
    yield* delivery({ 'kiln/environment.json': '{}' });
  }
  await using inner = new Scope();
  const gone = { code: 'ENGINE_UNREACHABLE' } as const;
  await rejects(launcher.launch(spec({ delivery: killing }), inner, signal), gone);
  const outcomes = await inner.close();
  assert.equal(
    outcomes.map(({ state }) => state),
    ['failed'],
  );
  assert.match(outcomes[0]?.remedy ?? '', /^docker -H \S+ rm -f -v kiln-prod-web-1-/);
  await rejects(launcher.publish(next.instance, signal), gone);
  await rejects(launcher.withdraw(old.instance, signal), gone);
  await rejects(launcher.remove(old.instance, signal), gone);
  await rejects(launcher.list('prod', signal), gone);

  await engine.start();
  const after = await launcher.list('prod', signal);
  assert.is(after.length, 3);
  assert.ok(after.every(({ running, serving }) => !running && !serving));
  await rejects(launcher.publish(old.instance, signal), { code: 'MACHINE_LOST' });
  await launcher.withdraw(old.instance, signal);
  await rejects(launcher.enter(old.instance, 'none', signal), { code: 'MACHINE_LOST' });

  const anew = await launcher.launch(spec(), scope, signal);
  await launcher.publish(anew.instance, signal);
  assert.match((await page(port)) ?? '', anew.instance.launch);
  for (const instance of after) await launcher.remove(instance, signal);
  assert.match((await page(port)) ?? '', anew.instance.launch);
  assert.equal(
    (await launcher.list('prod', signal)).map(({ id, serving }) => [id, serving]),
    [[anew.instance.id, true]],
  );
  await launcher.remove(anew.instance, signal);
  assert.equal(await engineContents(engine.docker), before);
});

test.run();
