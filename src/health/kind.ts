import type { Checks, CommonCheck } from './checks.ts';
import type { Form } from './matcher.ts';
import type { UnitLife } from './restarts.ts';
import type { Value } from './value.ts';

/** What a machine said in one round: a fragment's key to its output, byte for byte as text. */
export type Facts = ReadonlyMap<string, string>;

/** One question to a machine, as POSIX sh that prints the answer; the same key is asked only once a round. */
export interface Fragment {
  readonly key: string;
  readonly script: string;
  /**
   * Milliseconds. With it the script runs beside the others in a shell of its own, is killed with its children
   * when the time is up, and gives the facts `KEY.exit` (a status, or `late`), `KEY.out` and `KEY.err`.
   * `$1` is a path of its own: what it writes to `$1.SUFFIX` becomes the fact `KEY.SUFFIX`.
   */
  readonly limit?: number;
  readonly suffixes?: readonly string[];
  /** What it reads from `$1.NAME`, by name: texts that are not to be seen in the list of processes. */
  readonly inputs?: Readonly<Record<string, string>>;
  /** Asked before anything else is started, because it looks at what runs. */
  readonly first?: true;
}

/** One check with what it is about: a unit, a port, a path. */
export interface Entry<Check extends CommonCheck> {
  /** The key in the checks, which may differ from the subject. */
  readonly id: string;
  readonly subject: string;
  readonly check: Check;
  /** Unique in a round and safe in a fact's key: `file.3`. */
  readonly key: string;
}

/** What one attribute is in the machine. */
export type Actual =
  /** `remark` explains the value to a person, in brackets after it. */
  | { readonly value: Value; readonly remark?: string }
  /** It should be known and is not: the check fails. */
  | { readonly unknown: string }
  /** This machine cannot answer. */
  | { readonly unsupported: string };

/** What is asked once a check has failed for good; each line of the answer is shown after the name. */
export interface Tail extends Fragment {
  /** The attribute that it explains. */
  readonly attribute: string;
  readonly name: string;
}

/** What one check's subject is in the machine, in one round. */
export interface Sighting {
  actual(attribute: string): Actual;
  readonly evidence?: readonly string[];
  readonly tail?: Tail;
  /** Of a unit that is up, for the probe: a change of it is a restart. */
  readonly life?: UnitLife;
  /** How often the unit was restarted, up or not. */
  readonly restarts?: number;
  /** Waiting will not mend it: why. Counts only when one of the check's attributes fails. */
  readonly final?: string;
}

/**
 * One kind of check: what it asks a machine, and what it makes of the answer.
 *
 * A kind has a file of its own named after it, and is entered in `kinds.ts`; nothing else knows it.
 */
export interface Kind<Check extends CommonCheck> {
  readonly name: keyof Checks;
  /** Its attributes in the order they are reported, and how goss matches them. */
  readonly attributes: Readonly<Record<string, Form>>;
  /** How one check's attribute is matched, where the check itself says so. */
  form?(attribute: string, check: Check): Form;
  /** The attribute that goss requires. */
  readonly required?: string;
  /** When the required one is false or not as expected, the others are not looked at. */
  readonly leads?: true;
  /** The attribute that shows whether something works, and so is worth watching for `stable-for`. */
  readonly works?: string;
  /** What the check is about; throws an Error for a subject that cannot be asked for. */
  subject(id: string, check: Check): string;
  ask(entries: readonly Entry<Check>[]): readonly Fragment[];
  see(entry: Entry<Check>, facts: Facts): Sighting;
  /** Whether `askOutside` alone can answer a check, of a machine that nobody can enter: only what it offers at its address. */
  fromOutside?(entry: Entry<Check>): boolean;
  /** What must be asked from outside, once the machine has answered; adds to the facts. */
  askOutside?(entries: readonly Entry<Check>[], facts: Facts, outside: Outside): Promise<Facts>;
}

/** How a machine is reached from this host. */
export interface Outside {
  readonly address: string | undefined;
  readonly signal: AbortSignal;
}

/** The same answer for every attribute. */
export function always(actual: Actual): Sighting {
  return { actual: () => actual };
}

/** The larger half of the kinds: attributes read from a record. */
export function fromRecord(record: Readonly<Record<string, Actual | Plain>>): Sighting {
  return {
    actual(attribute) {
      const value = record[attribute];
      if (value === undefined) return { unknown: 'nothing was said of it' };
      return isPlain(value) ? { value } : value;
    },
  };
}

/** The values that machines have. */
type Plain = string | number | boolean | readonly string[];

function isPlain(value: Actual | Plain): value is Plain {
  return typeof value !== 'object' || Array.isArray(value);
}
