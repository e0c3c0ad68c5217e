import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import * as assert from 'uvu/assert';
import { madeFile } from '../../../src/core/tar/made.ts';
import type { TarMember } from '../../../src/core/tar/member.ts';
import type { Machine } from '../../../src/platforms/platform.ts';
import { residueOf, sealMachine } from '../../../src/seal/seal-machine.ts';
import { sealedInside } from '../../../src/seal/sealed-inside.ts';
import { rejects } from '../../support/rejects.ts';
import { suite } from '../../support/suite.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const test = suite('sealing a machine from inside');

const OPTIONS = { epoch: 1000, inBase: (path: string) => path === 'usr/lib/base.pyc' };

function found(...lines: string[]) {
  return lines.map((line) => ({ type: line[0] ?? '', path: line.slice(2) }));
}

test('what the filter takes is removed, of a folder only itself, and what it empties is emptied', () => {
  const { removed, emptied } = residueOf(
    found(
      'd etc',
      'f etc/machine-id',
      'f etc/ssh/ssh_host_ed25519_key',
      'f etc/hostname',
      'd var/lib/cloud',
      'd var/lib/cloud/instances',
      'f var/lib/cloud/instances/user-data.txt',
      'f var/lib/cloudy',
      'd var/log/nginx',
      'f var/log/nginx/access.log',
      'l var/log/link',
      'f usr/lib/base.pyc',
      'f usr/lib/new.pyc',
      'f home/admin/.ssh/authorized_keys',
    ),
    OPTIONS,
  );
  assert.equal(removed, [
    'etc/ssh/ssh_host_ed25519_key',
    'var/lib/cloud/instances',
    'usr/lib/new.pyc',
    'home/admin/.ssh/authorized_keys',
  ]);
  assert.equal(emptied, ['etc/machine-id', 'var/log/nginx/access.log']);
});

async function readAll(members: readonly TarMember[], signal: AbortSignal): Promise<number> {
  const source = {
    async *read() {
      yield* members;
    },
  };
  let count = 0;
  for await (const _ of sealedInside(source, OPTIONS).read(signal)) count += 1;
  return count;
}

test('a tree that still has what was removed is refused at its end, with the paths', async ({ signal }) => {
  const key = madeFile('etc/ssh/ssh_host_ed25519_key', 'key', 1);
  const id = madeFile('etc/machine-id', 'x', 1);
  const fault = await rejects(readAll([key, id], signal), { code: 'SEAL_INCOMPLETE' });
  assert.equal(fault.details, ['/etc/ssh/ssh_host_ed25519_key', '/etc/machine-id']);
});

test('the way in, logs and what lies outside of a tree are waited for until the end', async ({ signal }) => {
  const members = [
    madeFile('home/admin/.ssh/authorized_keys', 'key', 1),
    madeFile('etc/sudoers.d/90-cloud-init-users', 'rule', 1),
    madeFile('var/log/wtmp', 'x', 1),
    madeFile('etc/machine-id', '', 1),
    madeFile('etc/hostname', 'x', 1),
    madeFile('opt/golden', 'x', 1),
  ];
  assert.is(await readAll(members, signal), members.length);
});

test('services whose names have backslashes are stopped, too', async ({ signal }) => {
  let argv: readonly string[] = [];
  const machine = {
    async exec(given: readonly string[]) {
      argv = given;
      throw new Error('seen');
    },
  } as unknown as Machine;
  await rejects(sealMachine(machine, OPTIONS, signal), /seen/);
  await using folder = await temporaryFolder();
  const programs = {
    systemctl: `case $1 in list-units) cat <<'END'
ssh.service loaded active running Secure Shell
web@a\\x2db.service loaded active running Web
nginx.service loaded active running Web
END
;; *) printf '%s\\n' "$@" >"$0.log" ;; esac`,
    journalctl: 'exit 0',
  };
  for (const [name, text] of Object.entries(programs))
    await writeFile(join(folder.path, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  const [shell = '', flag = '', script = '', ...words] = argv;
  // There is no systemd in a test.
  const inside = script.replace(/^\[ -d .*\n/, '');
  await execa(shell, [flag, inside, ...words], {
    env: { PATH: `${folder.path}:${process.env['PATH']}` },
    cancelSignal: signal,
  });
  const told = await readFile(join(folder.path, 'systemctl.log'), 'utf8');
  assert.equal([...new Set(told.trim().split('\n'))], ['stop', '--', 'web@a\\x2db.service', 'nginx.service']);
});

test.run();
