import type { EngineName, Intention } from './intention.ts';
import type { RunOwner } from './run-owner.ts';

/** The format of a ledger, with its version. */
export const LEDGER_KIND = 'kiln.ledger/v1';

/** The first line. */
export interface HeaderLine {
  readonly kind: typeof LEDGER_KIND;
  /** The bake's, launch's or export's id. */
  readonly run: string;
  /** For people: `bake web`. */
  readonly what: string;
  /** ISO time. */
  readonly at: string;
  readonly owner: RunOwner;
}

/** Every other line: an intention by its number, or what became of it. */
export type LedgerLine =
  | { readonly n: number; readonly at: string; readonly intends: Intention }
  | { readonly n: number; readonly made: true }
  | { readonly n: number; readonly settled: true };

/** An intention that was not settled. */
export interface OpenIntention {
  readonly intends: Intention;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly made: boolean;
}

/** What a ledger says. */
export interface ReadLedger extends Omit<HeaderLine, 'kind'> {
  /** In the order in which they were written. */
  readonly open: readonly OpenIntention[];
  /** Those that anything was on, whether it was settled or not. */
  readonly engines: readonly EngineName[];
  /** The same of accounts of a cloud; 12 digits each. */
  readonly accounts: readonly string[];
  /** Kinds of intentions that this kiln does not know: a newer one's. */
  readonly unknown: readonly string[];
  /** Lines before the last that cannot be read. */
  readonly damaged: number;
}

const KNOWN: Readonly<Record<Intention['kind'], true>> = {
  container: true,
  image: true,
  name: true,
  publish: true,
  networks: true,
  place: true,
  swap: true,
  retire: true,
  cloud: true,
  ami: true,
  path: true,
  uses: true,
};

/** Reads a ledger; nothing when its first line is none that this kiln knows. A last line that was cut off is no line: what it was to say had not begun. */
export function readLedger(text: string): ReadLedger | undefined {
  const lines = text.split('\n').slice(0, -1).map(parsed);
  const [header, ...rest] = lines;
  if (!isHeader(header)) return undefined;
  const open = new Map<number, OpenIntention>();
  const engines = new Map<string, EngineName>();
  const accounts = new Set<string>();
  const unknown = new Set<string>();
  let damaged = 0;
  for (const line of rest) {
    const { n, at, intends, made, settled } = fields(line);
    const known = typeof n === 'number' ? open.get(n) : undefined;
    if (typeof n !== 'number') damaged++;
    else if (settled === true) open.delete(n);
    else if (made === true) {
      if (known !== undefined) open.set(n, { ...known, made: true });
    } else {
      const { kind } = fields(intends);
      const time = Date.parse(String(at));
      if (typeof kind !== 'string' || Number.isNaN(time)) damaged++;
      else if (!Object.hasOwn(KNOWN, kind)) unknown.add(kind);
      else {
        const known = intends as Intention;
        if ('engine' in known) engines.set(`${known.engine.id} ${known.engine.address}`, known.engine);
        if ('account' in known && known.account !== undefined) accounts.add(known.account);
        open.set(n, { intends: known, at: time, made: false });
      }
    }
  }
  const { run, what, at, owner } = header;
  return {
    run,
    what,
    at,
    owner,
    open: [...open.values()],
    engines: [...engines.values()],
    accounts: [...accounts],
    unknown: [...unknown],
    damaged,
  };
}

function isHeader(line: unknown): line is HeaderLine {
  const { kind, run, what, at, owner } = fields(line);
  const { process, host, boot, namespace } = fields(owner);
  return (
    kind === LEDGER_KIND &&
    [run, what, at, process, host, boot, namespace].every((word) => typeof word === 'string')
  );
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function fields(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
