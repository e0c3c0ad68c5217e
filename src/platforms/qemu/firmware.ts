import { access, copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '../../core/fault.ts';
import { VM_FILES } from './qemu-command.ts';

/** Where Debian has it, the larger one first. */
const FOLDER = '/usr/share/OVMF';
const BUILDS = [
  ['OVMF_CODE_4M.fd', 'OVMF_VARS_4M.fd'],
  ['OVMF_CODE.fd', 'OVMF_VARS.fd'],
] as const;

/** Where the firmware's code may be: one of them is enough. */
export function firmwareCode(): string[] {
  return BUILDS.map(([code]) => join(FOLDER, code));
}

/** The UEFI firmware's code, and a copy of its variables in a machine's folder; `HOST_TOOL_MISSING` without the package. */
export async function firmwareFor(
  folder: string,
): Promise<{ readonly code: string; readonly variables: string }> {
  for (const [code, variables] of BUILDS) {
    const own = join(folder, VM_FILES.firmwareVariables);
    try {
      await access(join(FOLDER, code));
      await copyFile(join(FOLDER, variables), own);
      return { code: join(FOLDER, code), variables: own };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  throw new Fault('HOST_TOOL_MISSING', `there is no UEFI firmware in ${FOLDER}, which this disk boots by`, {
    hint: 'Install it: `apt-get install ovmf`, or run `make setup`.',
  });
}
