import type { Written } from './load-file.ts';
import { suggestion } from './nearest.ts';
import { short } from './printable.ts';
import type { Problem } from './problem.ts';
import { property } from './property.ts';
import { nameProblem } from './text.ts';

/** Environments after one that is not there, and those that would come after themselves; by name, valid or not. */
export function checkAfter(
  written: ReadonlyMap<string, Written>,
  names: readonly string[],
  absent: readonly string[],
): Problem[] {
  return [...written].flatMap(([name, environment]) => {
    const after = afterOf(environment);
    if (after === undefined) return [];
    if (!names.includes(after)) {
      const others = names.filter((other) => other !== name);
      const hint = suggestion(after, others, 'the environments are') ?? absentHint(absent);
      const message = `there is no environment \`${short(after)}\``;
      return [environment.problemAt(['after'], { code: 'unknown-environment', message, hint })];
    }
    const chain = chainOf(name, written);
    if (chain.length === 1 || chain.at(-1) !== name) return [];
    const message = `this environment would come after itself: ${chain.join(' → ')}`;
    return [environment.problemAt(['after'], { code: 'environment-cycle', message })];
  });
}

/** `prod`, `staging`, `dev`: up to one without `after`, or the first one met twice. */
export function chainOf(first: string, written: ReadonlyMap<string, Written>): string[] {
  const chain = [first];
  for (let name = afterOf(written.get(first)); name !== undefined; name = afterOf(written.get(name))) {
    const isKnown = chain.includes(name);
    chain.push(name);
    if (isKnown) break;
  }
  return chain;
}

/** Where else environments would have been looked for. */
export function absentHint(absent: readonly string[]): string | undefined {
  return absent.length === 0 ? undefined : `not there, so not looked into: ${absent.join(', ')}`;
}

/** A name; one that cannot be a name has been told by the schema. */
function afterOf(environment: Written | undefined): string | undefined {
  const value = property(environment?.raw, 'after');
  return typeof value === 'string' && nameProblem(value) === undefined ? value : undefined;
}
