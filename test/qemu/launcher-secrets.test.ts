import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { Scope } from '../../src/core/scope.ts';
import type { Instance } from '../../src/platforms/launcher.ts';
import { findPrivateFolder, listPrivateFolders } from '../../src/platforms/private-folder.ts';
import { TCG } from '../../src/platforms/qemu/accelerator.ts';
import { qemuLauncher } from '../../src/platforms/qemu/qemu-launcher.ts';
import { missing } from '../support/engines.ts';
import { instanceSpec, ownEnvironment } from '../support/instance-spec.ts';
import { pageDisk } from '../support/page-disk.ts';
import { filesWith, processesWith } from '../support/search-host.ts';
import { suite } from '../support/suite.ts';
import { temporaryFolder } from '../unit/temporary-folder.ts';

const test = suite('what a virtual machine was given, and wrote', { skip: await missing('qemu') });
const SHUTDOWN_MS = 3000;

test('of a secret nothing is seen outside; what is written is in its tree, which two may read at once; one that does not power off is removed all the same', async ({
  signal,
}) => {
  await using scope = new Scope();
  const vm = await pageDisk(signal);
  const folder = await temporaryFolder();
  scope.defer('folder', async () => await folder[Symbol.asyncDispose]());
  const home = folder.path;
  const launcher = qemuLauncher({ home, accelerator: TCG, shutDownMs: SHUTDOWN_MS });
  const secret = `known-${randomBytes(12).toString('hex')}`;
  const spec = instanceSpec(
    { environment: ownEnvironment(), form: vm.disk.digest, init: 'systemd', vm },
    { 'credentials/@system/api_token': `${secret}\n`, 'kiln/empty': '', "kiln/it's 100%": 'odd\n' },
  );
  const { instance } = await launcher.launch(spec, scope, signal);
  await launcher.publish(instance, signal);
  assert.equal(await serving(), [true]);
  const inMemory = await findPrivateFolder(join(home, 'instances', instance.name));
  assert.ok(inMemory);
  const places = [home, inMemory];
  assert.equal(await processesWith(secret), []);
  assert.equal(await filesWith(secret, places, signal), []);

  const machine = await launcher.enter(instance, 'systemd', signal);
  const run = async (script: string) => {
    const { exitCode, stdout, stderr } = await machine.exec(['sh', '-c', script], {
      signal,
      timeout: 60_000,
    });
    assert.is(exitCode, 0, stderr);
    return stdout;
  };
  const shown = "cd /run && stat -c '%a %U %n' credentials/@system credentials/@system/api_token kiln kiln/*";
  assert.is(
    await run(`${shown}; wc -c < kiln/empty; cat "kiln/it's 100%"`),
    `700 root credentials/@system
400 root credentials/@system/api_token
755 root kiln
444 root kiln/empty
444 root kiln/environment.json
444 root kiln/it's 100%
0
odd
`,
  );
  const service = 'systemd-run --quiet --wait --pipe -p LoadCredential=api_token -p User=nobody';
  assert.is(
    await run(`${service} sh -c 'id -un; cat $CREDENTIALS_DIRECTORY/api_token'`),
    `nobody\n${secret}\n`,
  );

  // What the guest writes is read, also where the guest was not asked to write it out; and the search would have found it.
  await run('echo "$(cat /run/credentials/@system/api_token)" > /var/leaked; dpkg --version > /opt/new');
  const [one, two] = await Promise.all([readFile(instance, 'var/leaked'), readFile(instance, 'opt/new')]);
  assert.is(one, `${secret}\n`);
  assert.match(two ?? '', 'dpkg');
  assert.ok((await filesWith(secret, places, signal)).some((path) => path.endsWith('overlay.qcow2')));
  const names = await readdir(join(home, 'instances', instance.name));
  assert.equal(
    names.filter((name) => /copy/.test(name)),
    [],
  );
  const inWork = await Promise.all(
    (await readdir(join(home, 'work'))).map((name) => readdir(join(home, 'work', name))),
  );
  assert.equal(inWork.flat(), []);

  await run('systemctl mask --runtime --now systemd-logind.service');
  const started = performance.now();
  await launcher.remove(instance, signal);
  assert.ok(performance.now() - started >= SHUTDOWN_MS, 'it was given the time to power off');
  assert.equal(await filesWith(secret, [home], signal), []);
  assert.equal(
    (await listPrivateFolders()).filter(({ of }) => of.startsWith(home)),
    [],
  );

  async function serving(): Promise<boolean[]> {
    return (await launcher.list(instance.environment, signal)).map((one) => one.serving);
  }

  async function readFile(of: Instance, path: string): Promise<string | undefined> {
    let text: string | undefined;
    for await (const member of launcher.readTree(of).read(signal)) {
      if (member.path !== path) continue;
      const pieces: Buffer[] = [];
      for await (const piece of member.body) pieces.push(piece);
      text = Buffer.concat(pieces).toString();
    }
    return text;
  }
});

test.run();
