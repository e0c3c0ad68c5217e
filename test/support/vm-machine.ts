import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cacheHome } from '../../src/core/home.ts';
import type { Scope } from '../../src/core/scope.ts';
import type { Machine, MachineSpec } from '../../src/platforms/platform.ts';
import {
  type QemuPlatformOptions,
  qemuPlatform,
  type VmBase,
} from '../../src/platforms/qemu/qemu-platform.ts';
import { pageDisk } from './page-disk.ts';

/** Kept between runs: a boot under emulation takes most of a minute on a busy host. Before any test points elsewhere. */
export const KEPT_CACHE = join(cacheHome(), 'tests', 'qemu');

/** A platform with a `$KILN_HOME` of its own, which goes with the scope. */
export async function testQemu(scope: Scope, options: Partial<QemuPlatformOptions> = {}) {
  const home = await mkdtemp(join(tmpdir(), 'kiln-test-'));
  scope.defer('home', () => rm(home, { recursive: true, force: true }));
  const platform = qemuPlatform({ home, cache: KEPT_CACHE, ...options });
  const notes: string[] = [];
  const note = (message: string) => notes.push(message);
  return {
    home,
    platform,
    /** What was told of all its starts. */
    notes,
    /** A machine of the page's disk, warm unless said otherwise. */
    async start(
      signal: AbortSignal,
      base: Partial<VmBase> = {},
      more: Partial<MachineSpec<VmBase>> = {},
    ): Promise<Machine> {
      const vm = { ...(await pageDisk(signal)), cold: false, ...base };
      const common = {
        bake: randomUUID(),
        template: 'test',
        purpose: 'bake',
        init: 'systemd',
        asImage: false,
      } as const;
      return await platform.start({ ...common, base: vm, note, ...more }, scope, signal);
    },
  };
}
