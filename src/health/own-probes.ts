import type { CommonCheck, Probe } from './checks.ts';

type Named = Readonly<Record<string, CommonCheck>> | undefined;

/** The same checks, where each that has words of its own for the probe has others, or none any more. */
export function withOwnProbes<C extends { readonly [Kind in keyof C]: Named }>(
  checks: C,
  change: (own: Partial<Probe>) => Partial<Probe> | undefined,
): C {
  const kinds = Object.entries<Named>(checks).map(([kind, named]) => [kind, mapValues(named ?? {}, changed)]);
  return Object.fromEntries(kinds);

  function changed(check: CommonCheck): CommonCheck {
    const { probe, ...rest } = check;
    const other = probe === undefined ? undefined : change(probe);
    return other === undefined ? rest : { ...rest, probe: other };
  }
}

function mapValues<V>(values: Readonly<Record<string, V>>, change: (value: V) => V): Record<string, V> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, change(value)]));
}
