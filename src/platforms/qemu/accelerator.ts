import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { access, mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomically } from '../../core/atomic-file.ts';
import { ownWork } from '../../core/own-work.ts';
import { probeKvm } from './probe-kvm.ts';
import { qemuVersion } from './qemu-version.ts';

/** How QEMU runs a guest's instructions. */
export interface Accelerator {
  readonly name: 'kvm' | 'tcg';
  /** For `-accel`. */
  readonly accel: string;
  /** For `-cpu`. */
  readonly cpu: string;
}

/**
 * Emulation, which works everywhere. All that QEMU can do, but for what is faster only on real hardware: a fifth level of
 * page tables makes each miss of the emulated TLB dearer, and `rep movsb`, which the kernel and libc prefer where these two
 * are, is emulated byte by byte.
 */
export const TCG: Accelerator = { name: 'tcg', accel: 'tcg,thread=multi', cpu: 'max,-la57,-erms,-fsrm' };
/** The host's own processor. */
export const KVM: Accelerator = { name: 'kvm', accel: 'kvm', cpu: 'host' };

const DEVICE = '/dev/kvm';
const BOOT_ID = '/proc/sys/kernel/random/boot_id';

export interface AcceleratorQuestion {
  /** Where the answer is kept: `$XDG_CACHE_HOME/kiln`. */
  readonly cache: string;
  /** A kernel that is booted for a moment to find out; without one a few instructions of ours are. */
  readonly kernel?: string;
  /** Told why there is emulation although there is a `/dev/kvm`. */
  readonly note?: (message: string) => void;
  readonly signal: AbortSignal;
}

interface Answer {
  /** What it was asked for: the host's boot, the QEMU, the kind of probe. */
  readonly of: string;
  /** Why not; nothing when guests run. */
  readonly refusal?: string;
}

/**
 * KVM where it really runs a guest, else emulation. That there is a `/dev/kvm` says little: QEMU may abort on it, or a
 * guest hang. It is tried once in each boot of the host with each QEMU. `HOST_TOOL_MISSING` without one.
 */
export async function chooseAccelerator(question: AcceleratorQuestion): Promise<Accelerator> {
  const { cache, kernel, note = () => {}, signal } = question;
  const code = await access(DEVICE, constants.R_OK | constants.W_OK).then(
    () => undefined,
    (error: NodeJS.ErrnoException) => error.code,
  );
  if (code === 'ENOENT') return TCG;
  const refusal = code === undefined ? await probed(cache, kernel, signal) : `this user may not open it`;
  if (refusal === undefined) return KVM;
  note(`virtual machines are emulated, which is slow: ${DEVICE} is there, but ${refusal}`);
  return TCG;
}

async function probed(
  cache: string,
  kernel: string | undefined,
  signal: AbortSignal,
): Promise<string | undefined> {
  const file = join(cache, `kvm-${kernel === undefined ? 'sector' : 'kernel'}.json`);
  const boot = (await readFile(BOOT_ID, 'utf8')).trim();
  const of = `${boot} ${await qemuVersion(signal)}`;
  const known = await readAnswer(file);
  if (known?.of === of) return known.refusal;
  const folder = join(ownWork(cache), `kvm-${randomUUID()}`);
  await mkdir(folder, { recursive: true });
  try {
    const refusal = await probeKvm(KVM, kernel, folder, signal);
    const answer: Answer = refusal === undefined ? { of } : { of, refusal };
    await writeFileAtomically(file, `${JSON.stringify(answer)}\n`);
    return refusal;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function readAnswer(file: string): Promise<Answer | undefined> {
  try {
    const { of, refusal } = JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>;
    if (typeof of !== 'string') return undefined;
    return typeof refusal === 'string' ? { of, refusal } : { of };
  } catch {
    return undefined;
  }
}
