import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import * as assert from 'uvu/assert';
import type { Digest } from '../../src/core/digest.ts';
import { kilnHome } from '../../src/core/home.ts';
import { Scope } from '../../src/core/scope.ts';
import { describeEngine } from '../../src/platforms/docker/describe-engine.ts';
import { dockerLauncher } from '../../src/platforms/docker/docker-launcher.ts';
import { connectEngine } from '../../src/platforms/docker/engine.ts';
import type { Init } from '../../src/platforms/platform.ts';
import { engineImage } from '../support/engine-image.ts';
import { missing } from '../support/engines.ts';
import { instanceSpec, ownEnvironment } from '../support/instance-spec.ts';
import { preparedBase } from '../support/machine.ts';
import { PAGE_SERVER } from '../support/page-server.ts';
import { filesWith, processesWith } from '../support/search-host.ts';
import { suite } from '../support/suite.ts';

const notHere =
  process.getuid?.() !== 0 ? 'only root can look into the engine’s data and into all processes' : false;
const test = suite('what an instance was given', { skip: (await missing('docker')) || notHere });

for (const init of ['systemd', 'none'] as const) {
  test(`of a secret nothing is seen outside, with init ${init}`, async ({ signal }) => {
    await using scope = new Scope();
    const engine = await connectEngine(signal);
    const launcher = dockerLauncher(engine);
    const secret = `known-${randomBytes(12).toString('hex')}`;
    const form = await formOf(init, scope, signal);
    const spec = instanceSpec(
      { environment: ownEnvironment(), form, init },
      { 'credentials/@system/api_token': `${secret}\n` },
    );
    const { instance } = await launcher.launch(spec, scope, signal);
    await launcher.publish(instance, signal);
    const container = engine.docker.getContainer(instance.id);
    const { dataRoot } = await describeEngine(engine.address, signal);
    const places = [dataRoot, kilnHome(), '/run/kiln-engine'];

    const told = [
      await container.inspect(),
      await engine.docker.listNetworks(),
      await engine.docker.listContainers(),
    ];
    assert.not.match(JSON.stringify(told), secret);
    assert.not.match((await container.logs({ stdout: true, stderr: true })).toString(), secret);
    assert.equal(await processesWith(secret), []);
    assert.equal(await filesWith(secret, places, signal), []);

    // That it was looked for where it would be found.
    const machine = await launcher.enter(instance, init, signal);
    const file = '/run/credentials/@system/api_token';
    const leak = `cp ${file} /var/leaked; LEAKED=$(cat ${file}) sleep 60 >/dev/null 2>&1 & cat ${file} >/proc/1/fd/2 || :`;
    await machine.exec(['sh', '-c', leak], { signal, timeout: 30_000 });
    // It was only started, and has yet to become `sleep`.
    while (!(await processesWith(secret)).some((path) => path.endsWith('/environ'))) await delay(50);
    assert.ok((await filesWith(secret, places, signal)).some((path) => path.endsWith('/var/leaked')));

    await launcher.remove(instance, signal);
    assert.equal(await filesWith(secret, places, signal), []);
  });
}

async function formOf(init: Init, scope: Scope, signal: AbortSignal): Promise<Digest> {
  if (init === 'systemd') return (await preparedBase('debian-12', scope, signal)).image;
  const image = await engineImage(signal, { Cmd: [...PAGE_SERVER], User: 'www-data' });
  scope.defer('image', image.remove);
  return image.id as Digest;
}

test.run();
