import type { StageLog } from '../../core/events.ts';
import { Fault } from '../../core/fault.ts';
import { awaitHealthy } from '../../health/await-healthy.ts';
import type { Probe } from '../../health/checks.ts';
import { withOwnProbes } from '../../health/own-probes.ts';
import type { HealthReport } from '../../health/result.ts';
import type { Instance } from '../../platforms/launcher.ts';
import { type ClosedMachine, isClosed, type Machine } from '../../platforms/platform.ts';
import { assertHealthy } from '../assert-healthy.ts';
import type { ImageRuntime } from './image-runtime.ts';
import type { Launchers } from './join-launchers.ts';
import { nodeOf } from './node.ts';

const SILENT: StageLog = { output() {}, note() {} };

/** Whether an instance is healthy at this moment, and if not, why. */
export interface HealthNow {
  readonly healthy: boolean;
  readonly why?: string;
  /** That it was asked from outside alone, and what could not be asked so. */
  readonly note?: string;
}

/** Waits until an instance is up by its image's checks and probe; `CHECK_FAILED` when it is not, or has ended. */
export async function assertUp(
  launcher: Launchers,
  instance: Instance,
  runtime: ImageRuntime,
  options: { readonly log: StageLog; readonly signal: AbortSignal },
): Promise<HealthReport> {
  const hint = `The checks are those that ${instance.image} was baked with; \`bake show ${instance.image}\` lists them.`;
  return await asUnhealthy(instance, async () => {
    const machine = await reach(launcher, instance, runtime, options.signal);
    if (isClosed(machine) && machine.trouble !== undefined) {
      throw new Fault('CHECK_FAILED', `${subjectOf(instance)} is not healthy: ${machine.trouble}`);
    }
    const asked = { ...options, hint: isClosed(machine) ? closedHint(machine) : hint };
    const report = await assertHealthy(machine, { ...runtime, name: subjectOf(instance) }, asked);
    if (isClosed(machine)) options.log.note(outsideNote(report));
    return report;
  });
}

/** The machine that an instance is, entered, or from outside where nobody enters it. */
async function reach(
  launcher: Launchers,
  instance: Instance,
  { init }: ImageRuntime,
  signal: AbortSignal,
): Promise<Machine | ClosedMachine> {
  return (await launcher.fromOutside(instance, signal)) ?? (await launcher.enter(instance, init, signal));
}

function closedHint({ address }: ClosedMachine): string {
  return `Nothing says how it is entered, so this host asked it at ${address}: may it, by the network and the security groups?`;
}

/** What health is made of where nobody can enter: what was asked from outside, and what was not. */
function outsideNote({ results, rounds }: HealthReport): string {
  const unasked = [
    ...new Set(results.filter(({ outcome }) => outcome === 'unsupported').map(({ check }) => check)),
  ];
  if (rounds === 0)
    return 'nobody can enter it, and nothing can be asked from outside: only status checks count';
  const rest = unasked.length === 0 ? '' : `; not asked are ${unasked.join(', ')}`;
  return `its checks are asked from outside, as nobody can enter it${rest}`;
}

/** What is waited for beyond the shortest time in which a probe can be content. */
const CONFIRM_GRACE_MS = 3_000;

/**
 * The probe for an instance that was found healthy a moment ago: it has no time to come up any more. So a new image that
 * turns bad where it serves keeps the old one out of reach for seconds, and not for all the time of the probe.
 */
export function confirming(runtime: ImageRuntime): ImageRuntime {
  const { probe, checks } = runtime;
  return {
    ...runtime,
    probe: atOnce(probe),
    checks: withOwnProbes(checks, (own) => atOnce({ ...probe, ...own })),
  };
}

function atOnce(probe: Probe): Probe {
  const least = Math.max(probe['stable-for'], (probe['success-threshold'] - 1) * probe.interval);
  return { ...probe, 'start-period': 0, timeout: Math.min(probe.timeout, least + CONFIRM_GRACE_MS) };
}

/** Does something with an instance; when that has ended meanwhile or does not answer, it is not healthy: `CHECK_FAILED`. */
export async function asUnhealthy<T>(instance: Instance, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const why = whyGone(error);
    if (why === undefined) throw error;
    throw new Fault('CHECK_FAILED', `${subjectOf(instance)} is not healthy: ${why}`, { cause: error });
  }
}

/** Asks an instance's checks once. */
export async function healthNow(
  launcher: Launchers,
  instance: Instance,
  runtime: ImageRuntime,
  signal: AbortSignal,
): Promise<HealthNow> {
  if (!instance.running) return { healthy: false, why: 'it does not run' };
  if (!instance.serving)
    return {
      healthy: false,
      why: 'it is out of reach: a launch was interrupted, and the next one settles it',
    };
  const once = { 'start-period': 0, timeout: 1, interval: 1, 'success-threshold': 1, 'stable-for': 0 };
  try {
    const machine = await reach(launcher, instance, runtime, signal);
    if (isClosed(machine) && machine.trouble !== undefined) return { healthy: false, why: machine.trouble };
    const asked = withOwnProbes(runtime.checks, () => undefined);
    const report = await awaitHealthy(machine, asked, once, { log: SILENT, signal });
    const note = isClosed(machine) ? { note: outsideNote(report) } : {};
    if (report.healthy) return { healthy: true, ...note };
    const failed = report.results.filter(({ outcome }) => outcome === 'failed');
    const checks = [...new Set(failed.map(({ check }) => check))];
    const why = checks.length > 0 ? checks.join(', ') : (report.reason ?? 'not healthy');
    return { healthy: false, why, ...note };
  } catch (error) {
    const why = whyGone(error);
    if (why === undefined) throw error;
    return { healthy: false, why };
  }
}

/** What became of an instance that cannot be asked, where that is what an error says. */
function whyGone(error: unknown): string | undefined {
  if (!(error instanceof Fault)) return undefined;
  // A virtual machine may run on, and take no connection.
  if (error.code === 'MACHINE_UNREACHABLE') return 'it does not answer';
  return error.code === 'MACHINE_LOST' || error.code === 'MACHINE_NOT_READY' ? 'it has ended' : undefined;
}

/** `web@7 as web-1`: what is not healthy is an image in a place, where another may serve on. */
function subjectOf(instance: Instance): string {
  return `${instance.image} as ${nodeOf(instance)}`;
}
