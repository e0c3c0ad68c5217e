import type { Digest } from '../core/digest.ts';
import type { Scope } from '../core/scope.ts';
import type { TreeSource } from '../tree/source.ts';

export type PlatformName = 'docker' | 'qemu' | 'ec2';

/** What runs as process 1 of a machine: systemd, or nothing but what the image itself starts. */
export type Init = 'systemd' | 'none';

export interface ExecResult {
  /** The program's own; 128 + n when a signal ended it. Not zero is a result, not an error. */
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ExecOptions {
  readonly signal: AbortSignal;
  /** Milliseconds until the program and its children are killed and `TIMEOUT` is thrown. */
  readonly timeout: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly stdin?: string | AsyncIterable<Uint8Array>;
  /** Called for each whole line as it comes, of both streams. */
  readonly onLine?: (line: string, stream: 'stdout' | 'stderr') => void;
}

/** A started machine. Every call may throw `MACHINE_LOST` or `ENGINE_UNREACHABLE`. */
export interface Machine {
  readonly id: string;
  readonly platform: PlatformName;
  readonly init: Init;
  /** An address that this host reaches it by; nothing when it has none. */
  readonly address: string | undefined;
  /** The command by which a person enters it. */
  readonly enter: readonly string[];
  /** Runs a program as root, without a shell. */
  exec(argv: readonly string[], options: ExecOptions): Promise<ExecResult>;
  /** Unpacks a tar stream into a folder, which is made first. */
  upload(folder: string, archive: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<void>;
  /** A file or folder as a tar stream. */
  download(path: string, signal: AbortSignal): AsyncIterable<Uint8Array>;
  /** Removes it before its scope does; when that fails, it is left to the scope. */
  remove(): Promise<void>;
}

/** A running machine that nobody can enter: it is asked from outside alone. */
export interface ClosedMachine {
  /** What this host reaches it by. */
  readonly address: string;
  /** What its platform finds wrong with it. */
  readonly trouble?: string;
}

export function isClosed(machine: Machine | ClosedMachine): machine is ClosedMachine {
  return !('exec' in machine);
}

/** A disk that virtual machines start from; none of them writes to it. */
export interface BootDisk {
  /** Absolute. */
  readonly file: string;
  readonly format: 'qcow2' | 'raw';
  /** Of the file's bytes. */
  readonly digest: Digest;
  /** Its own kernel and initrd as files of this host, with which it starts sooner; without them it boots by UEFI. */
  readonly kernel?: { readonly file: string; readonly initrd: string; readonly options: string };
  /** Also give it its key by a NoCloud seed, for images that take none by a credential. */
  readonly seed?: boolean;
}

/** What a virtual machine is made of. */
export interface Vm {
  readonly disk: BootDisk;
  /** MiB. */
  readonly memory: number;
  readonly cpus: number;
}

/** What a clean machine is started from; `Base` is what its platform starts machines of. */
export interface MachineSpec<Base = Digest> {
  readonly bake: string;
  readonly template: string;
  /** `bake` for the machine that converges, `verify` for one that stands for a launched image. */
  readonly purpose: string;
  /** Of a container platform, the digest that the engine knows the base or the image by, already present there. */
  readonly base: Base;
  readonly init: Init;
  /** Without an init: run what the image says, as a launched image does, instead of only idling. */
  readonly asImage: boolean;
  /** Told what a person should know of how it was started: warm, cold and why, without KVM. */
  readonly note?: (message: string) => void;
}

/** Where machines run. */
export interface Platform<Base = Digest> {
  readonly name: PlatformName;
  /** A clean machine, ready for its first command; its removal is registered with the scope. */
  start(spec: MachineSpec<Base>, scope: Scope, signal: AbortSignal): Promise<Machine>;
  /** Shuts the machine down in order and gives its file tree to be read. */
  snapshot(machine: Machine, signal: AbortSignal): Promise<TreeSource>;
  /**
   * Keeps what a running machine's files are now, nothing of its memory, as something that clean machines can be started
   * from: `as` is a new image's name on a container platform, else a new file's path. Gives what it is known by. It
   * settles only when nothing is at work any more, so whoever gives up can remove what there is by then.
   */
  checkpoint(machine: Machine, as: string, signal: AbortSignal): Promise<Digest>;
}
