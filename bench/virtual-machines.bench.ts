import { execFileSync } from 'node:child_process';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { baseContext, openBakery } from '../src/app/bakery.ts';
import { identifyBase } from '../src/bases/identify-base.ts';
import { loadWorkspace } from '../src/config/workspace.ts';
import { newBakeId } from '../src/core/ids.ts';
import { Scope } from '../src/core/scope.ts';
import type { BootDisk } from '../src/platforms/platform.ts';
import { openQemu } from '../src/platforms/registry.ts';
import { median, report, timeOf } from './measure.ts';

/**
 * What virtual machines cost beside Packer's qemu builder, which boots the same base, runs the same Puppet manifest in it
 * and proves nothing; and what a warm start costs beside a cold one. Run after `make build`.
 */
const project = join(import.meta.dirname, '..');
const bake = [process.execPath, join(project, 'dist/cli/bake.js')];
const signal = new AbortController().signal;
const VM = { memory: 1024, cpus: 2 };
const DISK_BYTES = 4 * 1024 ** 3;

interface Baked {
  readonly totalMs: number;
  readonly record: { readonly stages: readonly { readonly stage: string; readonly ms: number }[] };
}

const folder = await mkdtemp(join(tmpdir(), 'kiln-bench-'));
process.env['KILN_HOME'] = join(folder, 'home');
const scope = new Scope();
try {
  const disk = await baseDisk();
  const [warm, cold] = await warmAndCold(disk);
  report('clean VM, warm ÷ cold', ratio(warm, cold), 'under 0.08');

  const packer = await packerTime(disk);
  const verified = baked('--forms', 'disk');
  report('web as a verified VM image ÷ Packer', ratio(verified.totalMs, packer), 'under 0.4');
  console.log(`  ${verified.record.stages.map(({ stage, ms }) => `${stage} ${seconds(ms)}`).join(' · ')}`);
  // A bake always proves, beside its checks: what that takes longer than these is no part of the same work.
  const inVm = baked('--machine', 'vm', '--forms', 'disk', '--no-verify');
  const took = (wanted: string) => inVm.record.stages.find(({ stage }) => stage === wanted)?.ms ?? 0;
  const proving = Math.max(0, took('prove') - took('check'));
  report(
    'machine: vm, without prove and verify ÷ Packer',
    ratio(inVm.totalMs - proving, packer),
    'under 0.75',
  );
  report('  of it converge alone ÷ Packer', ratio(took('converge'), packer), 'what cannot be less');
  console.log(`  ${inVm.record.stages.map(({ stage, ms }) => `${stage} ${seconds(ms)}`).join(' · ')}`);
} finally {
  await scope.close();
  await rm(folder, { recursive: true, force: true });
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(1);
}

function ratio(ms: number, of: number): string {
  return `${(ms / of).toFixed(3)} (${seconds(ms)} s ÷ ${seconds(of)} s)`;
}

/** The base of `web` as a disk, as bakes in virtual machines start from it. */
async function baseDisk(): Promise<BootDisk> {
  const bakery = openBakery(signal);
  const workspace = await loadWorkspace(project);
  const source = workspace.bases.get('debian-12')?.value;
  if (source === undefined) throw new Error('there is no base debian-12');
  const silent = { output: () => {}, note: () => {} };
  const around = { ...bakery, id: newBakeId(), root: workspace.root };
  const context = baseContext(around, scope, silent, signal);
  const base = await identifyBase('debian-12', source, bakery.catalogue, context, { bootable: true });
  return await (await base.prepare()).disk(DISK_BYTES);
}

/** Milliseconds until a clean machine has run its first command: medians of five warm and three cold ones. */
async function warmAndCold(disk: BootDisk): Promise<[warm: number, cold: number]> {
  const platform = await openQemu();
  async function start(cold: boolean): Promise<number> {
    const own = new Scope();
    const started = performance.now();
    const base = { ...VM, disk, cold };
    const common = {
      bake: newBakeId(),
      template: 'bench',
      purpose: 'bake',
      init: 'systemd',
      asImage: false,
    } as const;
    const machine = await platform.start({ ...common, base }, own, signal);
    await machine.exec(['true'], { signal, timeout: 10_000 });
    const ms = performance.now() - started;
    await own.close();
    return ms;
  }
  await start(false);
  const warm: number[] = [];
  const cold: number[] = [];
  for (let round = 0; round < 3; round++) {
    cold.push(await start(true));
    warm.push(await start(false), await start(false));
  }
  return [median(warm), median(cold)];
}

/** Milliseconds of Packer's whole build. */
async function packerTime({ file, kernel }: BootDisk): Promise<number> {
  if (kernel === undefined) throw new Error('the base has no kernel');
  for (const name of ['login', 'host'])
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, name)]);
  const credential = async (name: string, from: string) => {
    const to = join(folder, `${name}.smbios`);
    const value = execFileSync('base64', ['-w0', join(folder, from)], { encoding: 'utf8' });
    await writeFile(to, `io.systemd.credential.binary:${name}=${value}`);
    return ['-smbios', `type=11,path=${to}`];
  };
  await cp(join(project, 'provisioners/puppet'), join(folder, 'puppet'), { recursive: true });
  const built = {
    builders: [
      {
        type: 'qemu',
        accelerator: 'tcg',
        headless: true,
        iso_url: file,
        iso_checksum: 'none',
        disk_image: true,
        format: 'qcow2',
        output_directory: join(folder, 'packer'),
        boot_wait: '-1s',
        ssh_username: 'root',
        ssh_private_key_file: join(folder, 'login'),
        ssh_timeout: '10m',
        shutdown_command: 'systemctl poweroff',
        qemuargs: [
          ['-m', String(VM.memory)],
          ['-smp', String(VM.cpus)],
          ['-kernel', kernel.file],
          ['-initrd', kernel.initrd],
          ['-append', kernel.options],
          await credential('ssh.host-key', 'host'),
          await credential('ssh.ephemeral-authorized_keys-all', 'login.pub'),
        ],
      },
    ],
    provisioners: [
      { type: 'file', source: join(folder, 'puppet'), destination: '/root/puppet' },
      {
        type: 'shell',
        environment_vars: ['FACTER_role=web'],
        inline: ['cd /root/puppet && puppet apply --hiera_config hiera.yaml --modulepath modules web.pp'],
      },
    ],
  };
  await writeFile(join(folder, 'web.json'), JSON.stringify(built));
  process.env['CHECKPOINT_DISABLE'] = '1';
  process.env['PACKER_CACHE_DIR'] = join(folder, 'packer-cache');
  return timeOf(['packer', 'build', join(folder, 'web.json')], folder);
}

function baked(...options: string[]): Baked {
  const [program = '', ...rest] = bake;
  const argv = [...rest, 'image', 'web', '--json', '--progress', 'plain', ...options];
  const answer = execFileSync(program, argv, {
    cwd: project,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return (JSON.parse(answer) as Baked[])[0] as Baked;
}
