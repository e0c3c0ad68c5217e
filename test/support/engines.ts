import { Fault } from '../../src/core/fault.ts';
import { findEngine } from '../../src/platforms/docker/find-engine.ts';
import type { Kind } from './kinds.ts';

/**
 * Why the tests that need this engine cannot run here, for a suite's `skip`; false when they can.
 * Throws instead when `REQUIRE=docker,qemu,…` names the engine, so that its absence fails the run.
 */
export async function missing(engine: Exclude<Kind, 'unit'>): Promise<string | false> {
  const reason = await REASONS[engine]();
  const required = (process.env['REQUIRE'] ?? '').split(/[\s,]+/);
  if (reason !== false && required.includes(engine))
    throw new Error(`REQUIRE names ${engine}, but ${reason}`);
  return reason;
}

const REASONS = {
  docker: dockerReason,
  qemu: async () => 'the qemu platform is not there yet',
  ec2: async () => 'the ec2 platform is not there yet',
};

async function dockerReason(): Promise<string | false> {
  try {
    await findEngine();
    return false;
  } catch (error) {
    if (error instanceof Fault) return `${error.message} (${error.hint})`;
    throw error;
  }
}
