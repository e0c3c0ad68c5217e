import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '../../src/core/fault.ts';
import { findEngine } from '../../src/platforms/docker/find-engine.ts';

/**
 * Why the tests that need this engine cannot run here, for a suite's `skip`; false when they can.
 * Throws instead when `REQUIRE=docker,qemu,…` names the engine, so that its absence fails the run.
 */
export async function missing(engine: 'docker' | 'qemu'): Promise<string | false> {
  const reason = await REASONS[engine]();
  const required = (process.env['REQUIRE'] ?? '').split(/[\s,]+/);
  if (reason !== false && required.includes(engine))
    throw new Error(`REQUIRE names ${engine}, but ${reason}`);
  return reason;
}

const REASONS = { docker: dockerReason, qemu: qemuReason };

/** What disks and virtual machines take of this host; `make setup-vm` installs it. */
const QEMU_PROGRAMS = [
  'qemu-system-x86_64',
  'qemu-img',
  'mcopy',
  'mkfs.vfat',
  'mke2fs',
  'debugfs',
  'sfdisk',
  'ssh',
];

async function qemuReason(): Promise<string | false> {
  const folders = [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin', '/sbin'];
  const absent = QEMU_PROGRAMS.filter((name) => !folders.some((folder) => existsSync(join(folder, name))));
  return absent.length === 0 ? false : `${absent.join(', ')} not found (make setup-vm)`;
}

async function dockerReason(): Promise<string | false> {
  try {
    await findEngine();
    return false;
  } catch (error) {
    if (error instanceof Fault) return `${error.message} (${error.hint})`;
    throw error;
  }
}
