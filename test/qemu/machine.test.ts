import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { Scope } from '../../src/core/scope.ts';
import { listPrivateFolders } from '../../src/platforms/private-folder.ts';
import { missing } from '../support/engines.ts';
import { machineContract } from '../support/machine-contract.ts';
import { suite } from '../support/suite.ts';
import { testQemu } from '../support/vm-machine.ts';

const test = suite('a virtual machine', { skip: await missing('qemu') });

machineContract(test, {
  start: async (scope, signal) => await (await testQemu(scope)).start(signal),
  sleepers: 0,
});

test('its own sshd may be stopped and broken; its tree is what it wrote, and nothing is left of it', async ({
  signal,
}) => {
  const scope = new Scope();
  const { home, platform, start } = await testQemu(scope);
  const machine = await start(signal);
  const options = { signal, timeout: 60_000 };
  const script = `systemctl stop ssh.service && echo nonsense > /etc/ssh/sshd_config && rm -rf /run/sshd
    echo written > /srv/mark`;
  assert.is((await machine.exec(['sh', '-ec', script], options)).exitCode, 0);
  const { stdout } = await machine.exec(['cat', '/srv/mark'], options);
  assert.is(stdout, 'written\n');

  const tree = await platform.snapshot(machine, signal);
  let mark: string | undefined;
  for await (const { path, body } of tree.read(signal)) {
    if (path !== 'srv/mark') continue;
    const pieces: Buffer[] = [];
    for await (const piece of body) pieces.push(piece);
    mark = Buffer.concat(pieces).toString();
  }
  assert.is(mark, 'written\n');
  await machine.remove();
  assert.equal(await readdir(join(home, 'machines')), []);
  const left = (await listPrivateFolders()).filter(({ of }) => of.startsWith(home));
  assert.equal(left, []);
  assert.equal(await scope.close(), [{ label: 'home', state: 'removed' }]);
});

test.run();
