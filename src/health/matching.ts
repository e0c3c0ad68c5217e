import type { MatchingCheck } from './checks.ts';
import { fromRecord, type Kind } from './kind.ts';
import { asText, type Value } from './value.ts';

/** A value that is written in the check itself, held against a matcher; it asks no machine. */
export const matching: Kind<MatchingCheck> = {
  name: 'matching',
  attributes: { matches: 'value' },
  required: 'matches',
  form: (_, check) => (check['as-reader'] === true ? 'lines' : 'value'),
  subject: (id) => id,
  ask: () => [],
  see({ check }) {
    const content = (check.content ?? null) as Value;
    // Goss prints a whole list on one line for this, and not one element on each.
    const matches = check['as-reader'] === true ? asText([content]) : content;
    return fromRecord({ matches: { value: matches } });
  },
};
