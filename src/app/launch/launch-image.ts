import { join } from 'node:path';
import type { LaunchStage, Reporter } from '../../core/events.ts';
import type { CleanupOutcome } from '../../core/scope.ts';
import type { Instance, InstanceSpec, PublishedPort } from '../../platforms/launcher.ts';
import { recordedScope } from '../recorded-scope.ts';
import { stagesOf } from '../stages.ts';
import type { LaunchPorts } from './launch-ports.ts';
import { nodeOf } from './node.ts';
import type { PlannedImage } from './plan-image.ts';
import { replaceInstance } from './replace-instance.ts';
import { type Place, settle } from './settle.ts';

/** Longer than an instance is given to shut down. */
const CLEANUP_DEADLINE_MS = 90_000;

/** What became of one place of an image. */
export interface PlaceOutcome {
  /** `web-1` */
  readonly node: string;
  /** `restored`: an earlier launch was killed in the middle, and what served before serves again. */
  readonly state: 'launched' | 'unchanged' | 'restored' | 'removed';
  readonly why?: string;
  readonly publish: readonly PublishedPort[];
  readonly ms?: number;
}

/** How far a launch of one image came, and what ended it if it did not come to its end. */
export interface ImageOutcome {
  readonly places: readonly PlaceOutcome[];
  readonly failure?: { readonly error: unknown; readonly log?: string };
}

export interface ImageLaunch {
  readonly id: string;
  readonly plan: PlannedImage;
  /** All instances of the template that the environment has. */
  readonly found: readonly Instance[];
  /** Why a place gets another instance; nothing leaves it as it is. */
  readonly why: (
    place: Place | undefined,
    spec: PlannedImage['specs'][number],
  ) => Promise<string | undefined>;
  /** Called before the first instance is touched. */
  readonly onChange: () => Promise<void>;
}

/**
 * Brings all places of one image to what was planned, one after another; the first that fails ends it, and those
 * after it stay as they were. Then what is too much goes.
 */
export async function launchImage(
  { id, plan, found, why, onChange }: ImageLaunch,
  { ports, reporter }: { readonly ports: LaunchPorts; readonly reporter: Reporter },
  signal: AbortSignal,
): Promise<ImageOutcome> {
  const places: PlaceOutcome[] = [];
  /** The last that was found healthy. */
  let newest: Instance | undefined;
  let log: string | undefined;
  try {
    const held = await settle(ports.launcher, found, signal);
    for (const spec of plan.specs) {
      const node = nodeOf(spec);
      const place = held.find(({ slot }) => slot === spec.slot);
      const reason = await why(place, spec);
      if (reason === undefined) {
        const state = place?.restored ? 'restored' : 'unchanged';
        places.push({ node, state, publish: spec.publish });
        newest = place?.serving;
      } else {
        await onChange();
        log = join(ports.home, 'logs', `${id}-${node}.log`);
        const ms = await replaceOne({ ...spec, launch: id }, place, log);
        places.push({ node, state: 'launched', why: reason, publish: spec.publish, ms });
      }
      log = undefined;
      await removeAll(place?.leftovers ?? []);
    }
    for (const { slot, serving, leftovers } of held) {
      if (slot <= plan.specs.length) continue;
      await onChange();
      await removeAll([...(serving === undefined ? [] : [serving]), ...leftovers]);
      const node = nodeOf({ template: plan.template, slot });
      places.push({ node, state: 'removed', why: 'the environment asks for fewer', publish: [] });
    }
    // Each time, as a launch may have ended before it came to this.
    if (newest !== undefined) await ports.launcher.adopt(newest, signal);
    return { places };
  } catch (error) {
    return { places, failure: { error, ...(log === undefined ? {} : { log }) } };
  }

  async function replaceOne(spec: InstanceSpec, place: Place | undefined, log: string): Promise<number> {
    const image = nodeOf(spec);
    const started = performance.now();
    const tell = (outcome: CleanupOutcome) => reporter.emit({ type: 'cleanup', image, outcome });
    const run = { run: `${id}-${image}`, what: `launch of ${image} in ${spec.environment}` };
    const scope = recordedScope(ports.home, run, tell, CLEANUP_DEADLINE_MS);
    reporter.emit({ type: 'run-started', kind: 'launch', image, run: id, log });
    try {
      const stages = stagesOf<LaunchStage>(image, reporter);
      const { runtime, checkBeforeSwap } = plan;
      const replacement = { spec, runtime, checkBeforeSwap, old: place?.serving };
      newest = await replaceInstance(replacement, { launcher: ports.launcher, stages }, scope, signal);
      await scope.close();
      const ms = Math.round(performance.now() - started);
      reporter.emit({ type: 'run-done', image, name: `${image}  ${spec.image}`, ms });
      return ms;
    } catch (error) {
      await scope.close();
      reporter.emit({ type: 'run-failed', image, error, log });
      throw error;
    }
  }

  async function removeAll(instances: readonly Instance[]): Promise<void> {
    await Promise.all(instances.map((instance) => ports.launcher.remove(instance, signal)));
  }
}
