import { join } from 'node:path';
import { shellQuote } from '../../core/shell-quote.ts';
import type { Vm } from '../platform.ts';
import type { Accelerator } from './accelerator.ts';

/** Names of the files in a virtual machine's folder. */
export const VM_FILES = {
  pid: 'pid',
  qmp: 'qmp.sock',
  /** A second monitor, for work that takes its time. */
  jobs: 'jobs.sock',
  channel: 'renew.sock',
  console: 'console.log',
  /** What QEMU says once it runs. */
  log: 'qemu.log',
  firmwareVariables: 'firmware.fd',
} as const;

/** The name of the network device that ports are forwarded to, and of the node that the disk is. */
export const NETWORK = 'net0';
export const DISK_NODE = 'disk';
/** The name of the virtio port by which a resumed machine is renewed. */
export const CHANNEL_PORT = 'kiln.renew';
/** The descriptor that QEMU reads saved state from, once it is told to. */
export const STATE_FD = 3;

/**
 * A file that is a machine's memory, of the same size: then saving the machine writes all but that, and one that is
 * resumed on it reads what it needs when it needs it.
 */
export interface MemoryFile {
  readonly file: string;
  /** Written to by the machine; else what it writes is its own, and the file stays as it is. */
  readonly shared: boolean;
}

/** What a virtual machine's command line is made of; none of it is secret. */
export interface QemuOptions {
  /** Absolute; `-pidfile` in it is how its process is known. */
  readonly folder: string;
  readonly vm: Vm;
  readonly overlay: string;
  readonly hostname: string;
  readonly accelerator: Accelerator;
  /** Files of SMBIOS structures. */
  readonly credentials: readonly string[];
  readonly seed?: string;
  readonly memory?: MemoryFile;
  readonly channel?: boolean;
  readonly resume?: boolean;
  /** Without a kernel of its own: the firmware's code, and a copy of its variables. */
  readonly firmware?: { readonly code: string; readonly variables: string };
}

export const QEMU = 'qemu-system-x86_64';

/** The arguments by which QEMU starts a virtual machine, in the background; sockets are relative to its folder. */
export function qemuCommand(options: QemuOptions): string[] {
  const { folder, vm, overlay, hostname, accelerator, credentials, seed, channel, resume } = options;
  const { kernel } = vm.disk;
  return [
    ...['-nodefaults', '-no-user-config', '-display', 'none', '-daemonize'],
    ...['-pidfile', pidFile(folder), '-D', join(folder, VM_FILES.log)],
    ...['-qmp', `unix:${VM_FILES.qmp},server=on,wait=off`],
    ...['-qmp', `unix:${VM_FILES.jobs},server=on,wait=off`],
    ...['-accel', accelerator.accel, '-cpu', accelerator.cpu, '-smp', String(vm.cpus)],
    ...memoryArgs(options),
    ...[
      '-chardev',
      `file,id=console,path=${value(join(folder, VM_FILES.console))}`,
      '-serial',
      'chardev:console',
    ],
    ...firmwareArgs(options),
    ...(kernel === undefined ? [] : ['-kernel', kernel.file, '-initrd', kernel.initrd]),
    ...(kernel === undefined ? [] : ['-append', `${kernel.options} systemd.hostname=${hostname}`]),
    ...disk(DISK_NODE, overlay, { driver: 'qcow2' }),
    ...['-device', `virtio-blk-pci,drive=${DISK_NODE}`],
    ...['-netdev', `user,id=${NETWORK},hostname=${value(hostname)}`],
    // without its ROM nothing looks for a network to boot from
    ...['-device', `virtio-net-pci,netdev=${NETWORK},romfile=`],
    ...['-device', 'virtio-rng-pci'],
    ...(seed === undefined ? [] : disk('seed', seed, { driver: 'raw', 'read-only': true })),
    ...(seed === undefined ? [] : ['-device', 'virtio-blk-pci,drive=seed']),
    ...(channel ? channelArgs() : []),
    ...credentials.flatMap((file) => ['-smbios', `file=${value(file)}`]),
    ...(resume ? ['-S', '-incoming', 'defer'] : []),
  ];
}

/** The file whose name in a command line says whose process it is. */
export function pidFile(folder: string): string {
  return join(folder, VM_FILES.pid);
}

/** A shell command that ends the QEMU of a folder by hand. */
export function killCommand(folder: string): string {
  return `kill -9 "$(cat ${shellQuote(pidFile(folder))})"`;
}

/** What the guest's flushes are for is lost with the host anyway: an instance is launched anew, never restarted. */
function disk(node: string, filename: string, format: Readonly<Record<string, unknown>>): string[] {
  const options = {
    'node-name': node,
    discard: 'unmap',
    cache: { 'no-flush': true },
    ...format,
    file: { driver: 'file', filename, discard: 'unmap', cache: { 'no-flush': true } },
  };
  return ['-blockdev', JSON.stringify(options)];
}

function memoryArgs({ vm, memory }: QemuOptions): string[] {
  const size = ['-m', String(vm.memory)];
  if (memory === undefined) return ['-machine', 'q35', ...size];
  const { file, shared } = memory;
  const backend = `memory-backend-file,id=memory,size=${vm.memory}M,share=${shared ? 'on' : 'off'}`;
  return [
    ...['-machine', 'q35,memory-backend=memory', ...size],
    ...['-object', `${backend},mem-path=${value(file)}`],
  ];
}

function firmwareArgs({ firmware }: QemuOptions): string[] {
  if (firmware === undefined) return [];
  return [
    ...['-drive', `if=pflash,unit=0,format=raw,readonly=on,file=${value(firmware.code)}`],
    ...['-drive', `if=pflash,unit=1,format=raw,file=${value(firmware.variables)}`],
  ];
}

function channelArgs(): string[] {
  return [
    ...['-chardev', `socket,id=channel,path=${VM_FILES.channel},server=on,wait=off`],
    ...['-device', 'virtio-serial-pci'],
    ...['-device', `virtserialport,chardev=channel,name=${CHANNEL_PORT}`],
  ];
}

/** In a list of options a comma in a value is written twice. */
function value(text: string): string {
  return text.replaceAll(',', ',,');
}
