import { join } from 'node:path';
import { shellQuote } from '../../core/shell-quote.ts';
import { nightlyCommand } from './nightly-command.ts';
import type { HostNightly, Schedule } from './schedule.ts';
import { systemdCommand, systemdFolder, systemdQuote } from './systemd-quote.ts';
import { clockTime } from './time-of-day.ts';
import { fileText } from './yaml-quote.ts';

const SYSTEM_UNITS = '/etc/systemd/system';

/** A service that runs once and the timer that starts it: the system's for root, else the user's own. */
export function systemdSchedule(nightly: HostNightly): Schedule {
  const { name, root, home } = nightly;
  const target = root ? SYSTEM_UNITS : join(home, '.config/systemd/user');
  const files = [
    { name: `${name}.service`, text: fileText(service(nightly)) },
    { name: `${name}.timer`, text: fileText(timer(nightly)) },
  ];
  return {
    kind: 'systemd',
    files,
    install(folder) {
      const systemctl = root ? 'systemctl' : 'systemctl --user';
      const paths = files.map((file) => shellQuote(join(folder, file.name))).join(' ');
      return [
        ...(folder === target ? [] : [`install -D -m 644 -t ${shellQuote(target)} ${paths}`]),
        `${systemctl} daemon-reload`,
        `${systemctl} enable --now ${name}.timer`,
        // without it, a user's units run only while the user is logged in
        ...(root ? [] : ['loginctl enable-linger']),
      ];
    },
  };
}

function service(nightly: HostNightly): string[] {
  const { name, root, workspace, environment, reports } = nightly;
  const journal = root ? `journalctl -u ${name}` : `journalctl --user -u ${name}`;
  return [
    `# Rebuilds every image from clean. ${name}.timer starts it; by hand: systemctl${root ? '' : ' --user'} start ${name}`,
    `# What it says is in the journal (${journal}); what came of it, below --report.`,
    '[Unit]',
    'Description=Kiln: rebuild every image from clean',
    ...(root ? ['Wants=network-online.target', 'After=network-online.target docker.service'] : []),
    '# It fails when an image did. To be told, write a unit that tells you, and name it here:',
    '#OnFailure=notify-me@%n.service',
    '',
    '[Service]',
    'Type=oneshot',
    `WorkingDirectory=${systemdFolder(workspace)}`,
    ...Object.entries(environment).map(([key, value]) => `Environment=${systemdQuote(`${key}=${value}`)}`),
    ...engineLines(nightly),
    `ExecStart=:${systemdCommand([...nightlyCommand(nightly), join(reports, name)])}`,
    '# Baking takes as long as it takes; each wait of it has its own end.',
    'TimeoutStartSec=infinity',
    '# A stop is answered by removing what was being made.',
    'TimeoutStopSec=5min',
    '# What was started to stay (launched instances, a private engine) outlives the night.',
    'KillMode=process',
    'Nice=10',
    'IOSchedulingClass=best-effort',
    'IOSchedulingPriority=7',
  ];
}

/** The private engine does not come back by itself after a reboot; one that runs already is left alone. */
function engineLines({ engine, root, environment }: HostNightly): string[] {
  if (environment['DOCKER_HOST'] !== undefined) return [];
  if (engine === undefined) return ['# A container engine must run by then: this starts none.'];
  if (!root) {
    return ['# Only root can start a private engine: Docker must run, and this user be in its group.'];
  }
  return [
    '# Starts a private engine when none answers; what fails here, the bake itself says better.',
    `ExecStartPre=-:${systemdCommand([engine, 'start'])}`,
  ];
}

function timer({ name, at }: HostNightly): string[] {
  return [
    `# Starts ${name}.service every night, by this machine's clock.`,
    '[Unit]',
    'Description=Kiln: rebuild every image from clean, every night',
    '',
    '[Timer]',
    `OnCalendar=*-*-* ${clockTime(at)}:00`,
    '# Machines with the same timer do not all ask the mirrors at once.',
    'RandomizedDelaySec=10min',
    '# A night in which the machine was off is made up for.',
    'Persistent=true',
    '',
    '[Install]',
    'WantedBy=timers.target',
  ];
}
