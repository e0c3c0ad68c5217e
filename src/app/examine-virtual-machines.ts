import { firmwareCode } from '../platforms/qemu/firmware.ts';
import type { Finding, Host } from './host.ts';

interface Tool {
  readonly argv: readonly [string, ...string[]];
  readonly purpose: string;
  readonly package: string;
}

const BOOTED = 'disks that boot';
const TOOLS: readonly Tool[] = [
  { argv: ['qemu-system-x86_64', '--version'], purpose: 'virtual machines', package: 'qemu-system-x86' },
  { argv: ['qemu-img', '--version'], purpose: 'disks', package: 'qemu-utils' },
  { argv: ['sfdisk', '--version'], purpose: BOOTED, package: 'fdisk' },
  { argv: ['mkfs.vfat', '--help'], purpose: BOOTED, package: 'dosfstools' },
  { argv: ['mcopy', '--version'], purpose: BOOTED, package: 'mtools' },
  { argv: ['mke2fs', '-V'], purpose: BOOTED, package: 'e2fsprogs' },
  { argv: ['debugfs', '-V'], purpose: 'reading disks', package: 'e2fsprogs' },
  { argv: ['ssh', '-V'], purpose: 'entering virtual machines', package: 'openssh-client' },
];

/** What disks and virtual machines take of a host; bakes in containers need none of it. */
export async function examineVirtualMachines(host: Host, signal: AbortSignal): Promise<Finding[]> {
  const tools = await Promise.all(TOOLS.map((tool) => examine(tool, host, signal)));
  const hasQemu = tools[0]?.state === 'there';
  return [...tools, await firmware(host), ...(hasQemu ? [await acceleration(host, signal)] : [])];
}

async function examine(
  { argv, purpose, package: name }: Tool,
  host: Host,
  signal: AbortSignal,
): Promise<Finding> {
  const finding = { name: argv[0], needed: false, purpose } as const;
  const said = await host.output(argv, signal);
  if (said !== undefined) return { ...finding, state: 'there', about: /\d+(\.\d+)+/.exec(said)?.[0] ?? '' };
  return { ...finding, state: 'missing', about: '', remedy: install(name) };
}

async function firmware(host: Host): Promise<Finding> {
  const purpose = 'virtual machines that start by their disk’s own loader';
  const finding = { name: 'OVMF', needed: false, purpose } as const;
  for (const file of firmwareCode()) {
    if (await host.isThere(file)) return { ...finding, state: 'there', about: file };
  }
  return { ...finding, state: 'missing', about: '', remedy: install('ovmf') };
}

async function acceleration(host: Host, signal: AbortSignal): Promise<Finding> {
  const finding = { name: 'acceleration', needed: false, purpose: 'virtual machines' } as const;
  const { name, why } = await host.accelerator(signal).catch((error: unknown) => {
    signal.throwIfAborted();
    return {
      name: 'tcg' as const,
      why: `KVM could not be tried: ${error instanceof Error ? error.message : error}`,
    };
  });
  if (name === 'kvm') return { ...finding, state: 'there', about: 'KVM' };
  const about = `TCG (emulation)${why === undefined ? '' : `: ${why}`}`;
  const remedy =
    'they run faster on a host whose KVM works; in a virtual one that takes nested virtualisation';
  return { ...finding, state: 'missing', about, remedy };
}

function install(name: string): string {
  return `apt-get install --yes ${name}`;
}
