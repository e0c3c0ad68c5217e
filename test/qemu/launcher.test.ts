import type { Scope } from '../../src/core/scope.ts';
import { qemuLauncher } from '../../src/platforms/qemu/qemu-launcher.ts';
import { missing } from '../support/engines.ts';
import { launcherContract } from '../support/launcher-contract.ts';
import { pageDisk } from '../support/page-disk.ts';
import { page } from '../support/page-server.ts';
import { suite } from '../support/suite.ts';
import { temporaryFolder } from '../unit/temporary-folder.ts';

const contract = suite('the launcher contract, of qemu', { skip: await missing('qemu') });

async function openLauncher(scope: Scope, signal: AbortSignal) {
  const vm = await pageDisk(signal);
  const folder = await temporaryFolder();
  scope.defer('folder', async () => await folder[Symbol.asyncDispose]());
  const launcher = qemuLauncher({ home: folder.path, cache: folder.path });
  return { launcher, form: vm.disk.digest, how: { init: 'systemd', vm } as const, page };
}

launcherContract(contract, openLauncher, { boots: true });
contract.run();
