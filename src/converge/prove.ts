import { Fault } from '../core/fault.ts';
import { describeResource } from './converge-fault.ts';
import type { ResourceResult, StepResult } from './result.ts';

/** One entry of a template's `allow-changes`. */
export interface AllowedChange {
  /** As its tool names it: `Exec[stamp]`, `role : task name`. */
  readonly resource: string;
  readonly reason: string;
}

/** What the second run showed, for the record. */
export interface Proof {
  /** Resources that changed again and may, each with the reason that the template gives. */
  readonly allowed: readonly (AllowedChange & {
    readonly step: string;
    readonly file?: string;
    readonly line?: number;
  })[];
  /** Shell steps that were not run again, each with the reason that the template gives. */
  readonly unproven: readonly AllowedChange[];
  /** Entries that no changed resource answers to: they can go from the template. */
  readonly unused: readonly AllowedChange[];
}

/**
 * Reads the second run's results as a proof that nothing is left to converge.
 *
 * Throws NOT_IDEMPOTENT naming each resource that changed and is not allowed to.
 */
export function assertProven(results: readonly StepResult[], allowed: readonly AllowedChange[]): Proof {
  const reasons = new Map(allowed.map(({ resource, reason }) => [resource, reason]));
  const changed = results.flatMap(({ step, resources }) =>
    withState(resources, 'changed').map((result) => ({ step, ...result })),
  );
  const unexpected = changed.filter(({ resource }) => !reasons.has(resource));
  if (unexpected.length > 0) throw notIdempotent(unexpected);
  return {
    allowed: changed.map(({ step, resource, file, line }) => ({
      resource,
      reason: reasons.get(resource) ?? '',
      step,
      ...(file === undefined ? {} : { file }),
      ...(line === undefined ? {} : { line }),
    })),
    unproven: results
      .filter(({ tool }) => tool === 'shell')
      .flatMap(({ resources }) => withState(resources, 'skipped'))
      .map(({ resource, message }) => ({ resource, reason: message ?? '' })),
    unused: allowed.filter((entry) => !changed.some(({ resource }) => resource === entry.resource)),
  };
}

function withState(
  resources: readonly ResourceResult[],
  state: ResourceResult['state'],
): readonly ResourceResult[] {
  return resources.filter((result) => result.state === state);
}

function notIdempotent(changed: readonly ResourceResult[]): Fault {
  const names = changed.map(({ resource }) => resource);
  const shown = names.slice(0, 3).join(', ');
  const more = names.length > 3 ? ` and ${names.length - 3} more` : '';
  return new Fault('NOT_IDEMPOTENT', `changed again in the second run: ${shown}${more}`, {
    hint: 'Make each of them find its work done, or name it under allow-changes with a reason.',
    details: changed.flatMap(describeResource),
  });
}
