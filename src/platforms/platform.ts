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

/** What a clean machine is started from. */
export interface MachineSpec {
  readonly bake: string;
  readonly template: string;
  /** `bake` for the machine that converges, `verify` for one that stands for a launched image. */
  readonly purpose: string;
  /** The digest that the platform knows the base or the image by, already present there. */
  readonly base: Digest;
  readonly init: Init;
  /** Without an init: run what the image says, as a launched image does, instead of only idling. */
  readonly asImage: boolean;
}

/** Where machines run. */
export interface Platform {
  readonly name: PlatformName;
  /** A clean machine, ready for its first command; its removal is registered with the scope. */
  start(spec: MachineSpec, scope: Scope, signal: AbortSignal): Promise<Machine>;
  /** Shuts the machine down in order and gives its file tree to be read. */
  snapshot(machine: Machine, signal: AbortSignal): Promise<TreeSource>;
}
