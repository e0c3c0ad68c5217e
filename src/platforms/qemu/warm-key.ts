import { readFile } from 'node:fs/promises';
import { canonicalJson, digestOf } from '../../core/digest.ts';
import type { Vm } from '../platform.ts';
import type { Accelerator } from './accelerator.ts';
import { HOSTNAME } from './cold-start.ts';
import { qemuCommand } from './qemu-command.ts';
import { PREPARE, RENEW_PROGRAM } from './renew-program.ts';

/** Another number when saved machines change in a way that nothing below shows. */
const FORMAT = 1;
const KEY_LENGTH = 32;

/**
 * By what a saved machine is found again: it can be resumed only by the same QEMU with the same command line, with KVM
 * only on the same processor, and on the same disk at the same place.
 */
export async function warmKey(vm: Vm, accelerator: Accelerator, qemu: string): Promise<string> {
  const command = qemuCommand({
    ...{ folder: '/', overlay: '/overlay', hostname: HOSTNAME, credentials: [], channel: true },
    memory: { file: '/memory', shared: false },
    ...{ vm, accelerator },
    ...(vm.disk.seed ? { seed: '/seed' } : {}),
    ...(vm.disk.kernel === undefined ? { firmware: { code: '/code', variables: '/variables' } } : {}),
  });
  const { file, format, digest } = vm.disk;
  const processor = accelerator.name === 'kvm' ? await hostProcessor() : 'emulated';
  const recipe = digestOf(PREPARE + RENEW_PROGRAM);
  const all = { FORMAT, qemu, command, disk: { file, format, digest }, processor, recipe };
  return digestOf(canonicalJson(all)).slice('sha256:'.length, 'sha256:'.length + KEY_LENGTH);
}

/** The model, microcode and features of this host's first processor. */
async function hostProcessor(): Promise<string> {
  const [first = ''] = (await readFile('/proc/cpuinfo', 'utf8')).split('\n\n');
  return first
    .split('\n')
    .filter((line) => /^(vendor_id|cpu family|model|model name|stepping|microcode|flags)\s*:/.test(line))
    .join('\n');
}
