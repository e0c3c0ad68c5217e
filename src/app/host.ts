import { access, constants, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { execa } from 'execa';
import { cacheHome } from '../core/home.ts';
import { hostEnvironment } from '../disks/host-tool.ts';

/** One tool or service of this host. */
export interface Finding {
  readonly name: string;
  readonly state: 'there' | 'missing' | 'unusable';
  /** A bake cannot do without it. */
  readonly needed: boolean;
  /** Its version, its address, or what is wrong with it. */
  readonly about: string;
  /** What it is for: `bases from Debian`. */
  readonly purpose: string;
  /** The command that installs or starts it. */
  readonly remedy?: string;
}

/** What is asked of the host; a test answers in its place. */
export interface Host {
  readonly nodeVersion: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What a program prints on stdout and stderr, or nothing when it is not there or fails. */
  output(argv: readonly [string, ...string[]], signal: AbortSignal): Promise<string | undefined>;
  isThere(file: string): Promise<boolean>;
  /** Bytes free for this user where a folder is or will be. */
  freeSpace(folder: string): Promise<number>;
  /** By what virtual machines run here; a guest is started for it, which takes seconds. */
  accelerator(signal: AbortSignal): Promise<AcceleratorFound>;
}

/** How virtual machines run: by KVM, or by emulation because of this. */
export interface AcceleratorFound {
  readonly name: 'kvm' | 'tcg';
  readonly why?: string;
}

const PROGRAM_TIMEOUT_MS = 5_000;

/** The host that this process runs on. */
export const thisHost: Host = {
  nodeVersion: process.versions.node,
  env: process.env,
  async output([program, ...rest], signal) {
    const result = await execa(program, rest, {
      reject: false,
      timeout: PROGRAM_TIMEOUT_MS,
      cancelSignal: signal,
      env: hostEnvironment(),
      extendEnv: false,
      all: true,
    });
    signal.throwIfAborted();
    return result.failed ? undefined : result.all;
  },
  isThere: (file) =>
    access(file, constants.R_OK).then(
      () => true,
      () => false,
    ),
  async freeSpace(folder) {
    const { bavail, bsize } = await statfs(await nearestExisting(folder));
    return bavail * bsize;
  },
  async accelerator(signal) {
    const { chooseAccelerator } = await import('../platforms/qemu/accelerator.ts');
    let why = 'there is no /dev/kvm';
    const note = (message: string) => {
      why = message.replace(/^virtual machines are emulated, which is slow: /, '');
    };
    const { name } = await chooseAccelerator({ cache: cacheHome(), note, signal });
    return name === 'kvm' ? { name } : { name, why };
  },
};

async function nearestExisting(folder: string): Promise<string> {
  const there = await access(folder, constants.F_OK).then(
    () => true,
    () => false,
  );
  return there || folder === dirname(folder) ? folder : await nearestExisting(dirname(folder));
}
