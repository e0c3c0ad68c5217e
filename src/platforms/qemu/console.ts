import { open } from 'node:fs/promises';
import { stripVTControlCharacters } from 'node:util';

/** Stages of a boot, in their order. */
export const BOOT_STAGES = [
  'nothing',
  'firmware',
  'boot loader',
  'kernel',
  'initrd',
  'root mounted',
  'systemd',
  'network',
  'sshd',
  'up',
] as const;
export type BootStage = (typeof BOOT_STAGES)[number];

/** What a console says of a boot. */
export interface BootProgress {
  /** The last stage that was seen. */
  readonly stage: BootStage;
  /** The line by which a kernel, an initrd or systemd says that it goes no further. */
  readonly stuck?: string;
}

const MOST_BYTES = 1024 * 1024;
const TAIL_LINES = 20;

const SIGNS: readonly (readonly [BootStage, RegExp])[] = [
  ['firmware', /SeaBIOS|UEFI|BdsDxe|iPXE|OVMF/],
  ['boot loader', /BdsDxe: starting|systemd-boot|GRUB|Booting from (?:ROM|Hard Disk)|EFI stub/],
  ['kernel', /Linux version \d|Command line: |\bEFI stub: Loaded initrd/],
  ['initrd', /Run \/init as init process|Loading, please wait|Begin: Running \/scripts|Running in initrd/],
  ['root mounted', /EXT4-fs \(\w+\): mounted filesystem|Begin: Running \/scripts\/(?:local|init)-bottom/],
  ['systemd', /systemd\[1\]: (?:systemd \d|Detected|Queued start|Hostname set)|Welcome to .+!/],
  [
    'network',
    /(?:Started|Reached target).*(?:systemd-networkd|Network Configuration|network\.target|Network\b)/,
  ],
  ['sshd', /Started.*(?:ssh\.service|sshd?\b.*|OpenBSD Secure Shell server)/],
  ['up', /\blogin: *$|Reached target.*(?:multi-user\.target|Multi-User System)/m],
];

/** What a kernel, an initrd, systemd or a firmware says when it goes no further. */
const STUCK = new RegExp(
  [
    'Kernel panic - not syncing',
    'You are in (?:emergency|rescue) mode',
    'Gave up waiting for root',
    'ALERT! .*does not exist',
    'No init found',
    'systemd\\[1\\]: Freezing execution',
    'Failed to start up manager',
    'BdsDxe: No bootable option',
    'No bootable device',
  ].join('|'),
);
const KERNEL_TIME = /^\[ *\d+\.\d+\] /;

/** How far a boot has come, by all that its console shows. */
export function bootProgress(text: string): BootProgress {
  const seen = SIGNS.filter(([, sign]) => sign.test(text)).map(([stage]) => BOOT_STAGES.indexOf(stage));
  const stage = BOOT_STAGES[Math.max(0, ...seen)] as BootStage;
  const at = text.search(STUCK);
  if (at < 0) return { stage };
  const end = text.indexOf('\n', at);
  const line = text.slice(text.lastIndexOf('\n', at) + 1, end < 0 ? text.length : end);
  return { stage, stuck: line.replace(KERNEL_TIME, '').trim() };
}

/** What a console's file shows, without what only a terminal reads; '' when there is none. At most its last MiB. */
export async function readConsole(file: string): Promise<string> {
  const handle = await open(file, 'r').catch(() => undefined);
  if (handle === undefined) return '';
  try {
    const { size } = await handle.stat();
    const length = Math.min(size, MOST_BYTES);
    const bytes = Buffer.alloc(length);
    const { bytesRead } = await handle.read(bytes, 0, length, size - length);
    return plain(bytes.toString('utf8', 0, bytesRead));
  } finally {
    await handle.close();
  }
}

/** The last lines of a console. */
export async function consoleTail(file: string, lines: number = TAIL_LINES): Promise<string[]> {
  return tailOf(await readConsole(file), lines);
}

/** The last lines of what a console shows. */
export function tailOf(text: string, lines: number = TAIL_LINES): string[] {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(-lines);
}

function plain(text: string): string {
  return (
    stripVTControlCharacters(text)
      .replaceAll('\r', '')
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what has to go
      .replace(/[\x00-\x08\x0b-\x1f\x7f]/g, '')
  );
}
