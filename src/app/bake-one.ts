import { join } from 'node:path';
import type { ImageRecord } from '../catalogue/record.ts';
import type { Revocation } from '../catalogue/revocation.ts';
import type { Template } from '../config/template.ts';
import type { Workspace } from '../config/workspace.ts';
import type { BakeStage, Reporter } from '../core/events.ts';
import { kilnHome } from '../core/home.ts';
import { newBakeId } from '../core/ids.ts';
import type { CleanupOutcome } from '../core/scope.ts';
import { shellJoin } from '../core/shell-quote.ts';
import type { Machine } from '../platforms/platform.ts';
import { bakeImage } from './bake-image.ts';
import type { BakeryPorts } from './bakery.ts';
import { type SinceImage, sincePrevious } from './compare/since-image.ts';
import { distributeBaked } from './distribute/distribute-baked.ts';
import type { Distribution } from './distribute/distribution.ts';
import { CLOUD_CLEANUP_MS, recordedScope } from './recorded-scope.ts';
import { stagesOf } from './stages.ts';

/** How a template is baked. */
export interface BakeOptions {
  /** Start virtual machines by a boot, never from what was kept warm. */
  readonly cold?: boolean;
  /** False publishes what was not started once. */
  readonly verify?: boolean;
  /** Publish nothing when the newest image is the same; that one is confirmed. */
  readonly ifChanged?: boolean;
  /** Save what the machine is after each converge step. */
  readonly checkpoints?: boolean;
  /** Go on from what was saved after this step, from 1. */
  readonly from?: number;
  readonly onError: 'cleanup' | 'keep' | 'shell';
}

export interface BakePorts {
  readonly reporter: Reporter;
  /** Puts a person into a machine by this command, and waits until they have left; absent without a terminal. */
  readonly interact?: (command: readonly string[]) => Promise<void>;
}

export type BakeOutcome =
  | {
      readonly name: string;
      readonly record: ImageRecord;
      readonly totalMs: number;
      /** The newest image is the same, and was confirmed: `record` is its own. */
      readonly unchanged?: true;
      /** The version before it, and what differs; absent for the first. */
      readonly since?: SinceImage & { readonly bytes: number };
      /** Why it must not be launched all the same: its bytes, or those of its base, were revoked before. */
      readonly revoked?: Revocation;
      /** Where its AMI went; absent where its template wants nothing of the kind. */
      readonly distribution?: Distribution;
      /** The file with all that the bake said; absent below where none began. */
      readonly log: string;
    }
  | { readonly name: string; readonly error: unknown; readonly log?: string };

/** Bakes one template of a workspace with a log, a scope and an id of its own; what goes wrong is in the outcome. */
export async function bakeOne(
  { workspace, template, bakery }: { workspace: Workspace; template: Template; bakery: BakeryPorts },
  { onError, cold = false, verify = true, ifChanged = false, checkpoints = false, from }: BakeOptions,
  { reporter, interact }: BakePorts,
  signal: AbortSignal,
): Promise<BakeOutcome> {
  const { name } = template;
  const id = newBakeId();
  const log = join(kilnHome(), 'logs', `${id}.log`);
  const started = performance.now();
  const run = { run: id, what: `bake of ${name}` };
  const onOutcome = (outcome: CleanupOutcome) => reporter.emit({ type: 'cleanup', image: name, outcome });
  const deadline = template.forms.includes('ami') ? CLOUD_CLEANUP_MS : undefined;
  const scope = recordedScope(bakery.home, run, onOutcome, deadline);
  const stages = stagesOf<BakeStage>(name, reporter);
  let machine: Machine | undefined;
  reporter.emit({ type: 'run-started', kind: 'bake', image: name, run: id, log });
  try {
    scope.begin();
    const bake = {
      ...bakery,
      id,
      workspace,
      template,
      stages,
      cold,
      verify,
      ifChanged,
      checkpoints,
      ...(from === undefined ? {} : { from }),
      onMachine: (made: Machine) => (machine = made),
    };
    const { record, unchanged } = await bakeImage(bake, scope, signal);
    await scope.close();
    const went = await distributeBaked(bake, record, reporter, signal);
    const distribution = went === undefined ? {} : { distribution: went };
    const totalMs = Math.round(performance.now() - started);
    reporter.emit({ type: 'run-done', image: name, name: record.name, ms: totalMs });
    if (unchanged) return { name, record, totalMs, unchanged, ...distribution, log };
    // The image is published: what cannot be told of it takes nothing from it.
    const untold = (what: string) => (error: unknown) => {
      reporter.emit({ type: 'note', image: name, stage: 'publish', message: `${what}: ${String(error)}` });
      return undefined;
    };
    const [since, revoked] = await Promise.all([
      sincePrevious(record, bakery.catalogue).catch(
        untold('it could not be compared with the version before'),
      ),
      bakery.catalogue.revocationOf(record).catch(untold('whether it is revoked could not be found out')),
    ]);
    return {
      name,
      record,
      totalMs,
      log,
      ...distribution,
      ...(since === undefined ? {} : { since }),
      ...(revoked === undefined ? {} : { revoked }),
    };
  } catch (error) {
    const wanted = machine !== undefined && onError !== 'cleanup' && !signal.aborted ? machine : undefined;
    const keeps = wanted !== undefined && (onError === 'keep' || interact === undefined);
    if (keeps) scope.keep();
    else if (wanted !== undefined) await interact?.(wanted.enter).catch(() => {});
    await scope.close();
    const enter = keeps ? { enter: shellJoin(wanted.enter) } : {};
    reporter.emit({ type: 'run-failed', image: name, error, log, ...enter });
    return { name, error, log };
  }
}
