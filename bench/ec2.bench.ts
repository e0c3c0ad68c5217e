import { spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { bakeWorkspace } from '../test/support/bake-workspace.ts';
import { cloudLeft } from '../test/support/cloud-left.ts';
import { motoServer, noMoto, REGION } from '../test/support/moto.ts';
import { motoMachines, VENDOR_BASE } from '../test/support/moto-machines.ts';
import { report } from './measure.ts';

/*
 * 200 templates with `machine: instance`, baked at once by one `bake image`, from the key pair to the published AMI: each
 * in a container of its own that stands for the instance, entered by ssh, converged, proven, checked, sealed and read,
 * and verified in a second one. The emulator of AWS and all machines are on this host too and take most of the time, so
 * it took 1855 s on two processors. Run as root after `make build`; an argument says how many, where not 200.
 */
const BAKES = Number(process.argv[2] ?? 200);
const WANTED_MB = 400;
const LOOK_MS = 100;
/** Of inotify, which is counted for all containers of a host: each systemd takes some. */
const INOTIFY = '/proc/sys/fs/inotify/max_user_instances';
const signal = new AbortController().signal;
const project = join(import.meta.dirname, '..');
const NAMES = Array.from({ length: BAKES }, (_, index) => `test-at-once-${String(index).padStart(3, '0')}`);

if (noMoto !== false) {
  console.log(`${BAKES} bakes in instances at once: not measured, as ${noMoto}`);
} else {
  const allowed = await readFile(INOTIFY, 'utf8');
  await writeFile(INOTIFY, String(Math.max(Number(allowed), 100 * BAKES)));
  try {
    await measure();
  } finally {
    await writeFile(INOTIFY, allowed);
  }
}

async function measure(): Promise<void> {
  await using moto = await motoServer(signal);
  await using machines = await motoMachines(moto, signal, { prefix: 21 });
  await using workspace = await bakeWorkspace(filesOf(machines.subnet));
  const started = performance.now();
  const child = spawn(process.execPath, [join(project, 'dist/cli/bake.js'), 'image', ...NAMES], {
    cwd: workspace.root,
    env: { ...process.env, KILN_HOME: workspace.home, ...moto.env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const output = text(child.stderr);
  let peak = 0;
  let most = 0;
  while (child.exitCode === null && child.signalCode === null) {
    await delay(LOOK_MS);
    peak = Math.max(peak, await peakOf(child.pid));
    most = Math.max(most, await machines.running());
  }
  const seconds = (performance.now() - started) / 1000;
  const lines = (await output).split('\n');
  const regions = [REGION];
  const left = await cloudLeft(moto.aws, { home: workspace.home, regions }, signal);
  // Where the emulator was too busy to answer in time it may have done twice what AWS does once: it knows no tokens.
  if (left.length > 0) console.error(left.join('\n'));
  if (child.exitCode !== 0 || left.length > 0) console.error(lines.slice(-100).join('\n'));
  report(`${BAKES} bakes in instances at once, wall time`, `${seconds.toFixed(0)} s`, 'what this host bears');
  report('  machines at once', String(most), `near ${BAKES}`);
  report('  peak memory', `${(peak / 1e6).toFixed(0)} MB`, `under ${WANTED_MB} MB`);
  report('  exit code, things left', `${child.exitCode}, ${left.length}`, '0, 0');
}

/** The most memory that a process has had at once, in bytes; 0 once it has ended. */
async function peakOf(pid = 0): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return 1024 * Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0);
}

function filesOf(subnet: string): Record<string, string> {
  const templates = NAMES.map((name) => [
    `templates/${name}.yaml`,
    `name: ${name}
base: vendor
machine: instance
forms: [ami]
converge:
  - shell: { script: provisioners/step.sh, creates: /opt/golden }
checks:
  file: { /opt/golden: { exists: true } }
instance: { type: t3.small, address: private, subnet: ${subnet}, start-timeout: 1h }
`,
  ]);
  return {
    ...Object.fromEntries(templates),
    ...VENDOR_BASE,
    'provisioners/step.sh': 'echo golden > /opt/golden\n',
  };
}
