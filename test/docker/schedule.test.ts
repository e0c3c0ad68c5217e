import { posix } from 'node:path';
import * as assert from 'uvu/assert';
import type { HostNightly } from '../../src/app/schedule/schedule.ts';
import { systemdSchedule } from '../../src/app/schedule/systemd.ts';
import { Scope } from '../../src/core/scope.ts';
import { shellQuote } from '../../src/core/shell-quote.ts';
import { missing } from '../support/engines.ts';
import { startTestMachine } from '../support/machine.ts';
import { runScript } from '../support/run-script.ts';
import { suite } from '../support/suite.ts';
import { NASTY } from '../unit/app/schedule/nasty.ts';

const test = suite('units on a real systemd', { skip: await missing('docker') });

/** It leaves a process behind, says what it was called with, and fails. */
const BAKE = `#!/bin/sh
sleep 4711 &
printf '%s\\n' "$(pwd)" "$HOME" "$KILN_HOME" "$@" >/seen
exit 1
`;

function writing(path: string, text: string, mode: string): string {
  const quoted = shellQuote(path);
  return `mkdir -p ${shellQuote(posix.dirname(path))}\ncat >${quoted} <<'END'\n${text}END\nchmod ${mode} ${quoted}\n`;
}

test('the timer is enabled, and the service bakes in the workspace and fails where the bake does', async ({
  signal,
}) => {
  await using scope = new Scope();
  const machine = await startTestMachine(scope, { init: 'systemd', signal });
  const program = `/opt/${NASTY}/bake`;
  const engine = '/opt/kiln/scripts/engine';
  const nightly: HostNightly = {
    name: 'kiln-nightly',
    at: { hour: 2, minute: 30 },
    workspace: `/srv/${NASTY}`,
    program: [program, '--flag=$HOME %h'],
    environment: { HOME: '/root', KILN_HOME: `/var/${NASTY}` },
    reports: `/var/${NASTY}/reports`,
    root: true,
    engine,
    home: '/root',
  };
  const schedule = systemdSchedule(nightly);
  const files = schedule.files.map(({ name, text }) => writing(`/tmp/units/${name}`, text, '644'));
  await runScript(
    machine,
    `mkdir -p ${shellQuote(nightly.workspace)}\n${writing(program, BAKE, '755')}`,
    signal,
  );
  await runScript(machine, writing(engine, '#!/bin/sh\necho "$1" >/started\nexit 1\n', '755'), signal);
  await runScript(machine, `${files.join('')}${schedule.install('/tmp/units').join('\n')}`, signal);
  const timers = await runScript(
    machine,
    'systemctl is-enabled kiln-nightly.timer; systemctl list-timers',
    signal,
  );
  assert.match(timers, /^enabled\n/);
  assert.match(timers, /kiln-nightly\.timer +kiln-nightly\.service/);
  const ended = await runScript(
    machine,
    'systemctl start kiln-nightly || echo failed; systemctl show -P Result kiln-nightly; cat /started; grep -lz "^4711$" /proc/[0-9]*/cmdline | wc -l',
    signal,
  );
  assert.is(ended, 'failed\nexit-code\nstart\n1\n');
  const words = [
    '--flag=$HOME %h',
    'nightly',
    '--progress',
    'plain',
    '--report',
    `${nightly.reports}/kiln-nightly`,
  ];
  const seen = [nightly.workspace, '/root', `/var/${NASTY}`, ...words];
  assert.is(await runScript(machine, 'cat /seen', signal), `${seen.join('\n')}\n`);
});

test.run();
