import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { processLives } from '../../../../src/core/process-owner.ts';
import { sleep } from '../../../../src/core/wait.ts';
import { suite } from '../../../support/suite.ts';
import { temporaryFolder } from '../../temporary-folder.ts';

const test = suite('the probe of KVM');

/** Starts it in a process of its own, whose programs are those of a folder; it prints the code of what it throws. */
function probeIn(folder: string) {
  const url = (name: string) =>
    JSON.stringify(new URL(`../../../../src/platforms/qemu/${name}.ts`, import.meta.url).href);
  const program = `
    const { probeKvm } = await import(${url('probe-kvm')});
    const { KVM } = await import(${url('accelerator')});
    process.env.PATH = ${JSON.stringify(folder)};
    const probed = probeKvm(KVM, undefined, ${JSON.stringify(folder)}, new AbortController().signal);
    await probed.catch((error) => console.log(error.code, error.message));`;
  const tsx = import.meta.resolve('tsx');
  const args = ['--import', tsx, '--input-type=module', '-e', program];
  return spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
}

test('a QEMU whose guest hangs ends with the process that asked, also when that is killed', async ({
  signal,
}) => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'pid');
  const hangs = `#!/bin/sh\necho $$ > '${file}.new'\n/bin/mv '${file}.new' '${file}'\nexec /bin/sleep 60\n`;
  await symlink('/usr/bin/setpriv', join(folder.path, 'setpriv'));
  await writeFile(join(folder.path, 'qemu-system-x86_64'), hangs, { mode: 0o755 });
  const asking = probeIn(folder.path);
  const pidNow = async () => Number(await readFile(file, 'utf8').catch(() => '0'));
  while ((await pidNow()) === 0) await sleep(20, signal);
  const pid = await pidNow();
  try {
    assert.ok(await processLives(pid));
    asking.kill('SIGKILL');
    await once(asking, 'exit');
    while (await processLives(pid)) await sleep(20, signal);
  } finally {
    if (await processLives(pid)) process.kill(pid, 'SIGKILL');
  }
});

test('without a QEMU, or what starts it, that is told', async () => {
  await using folder = await temporaryFolder();
  for (const name of ['setpriv', 'qemu-system-x86_64']) {
    const asking = probeIn(folder.path);
    const [said] = await once(asking.stdout, 'data');
    assert.is(String(said), `HOST_TOOL_MISSING the program ${name} is not on this host\n`);
    await symlink('/usr/bin/setpriv', join(folder.path, 'setpriv')).catch(() => {});
  }
});

test.run();
