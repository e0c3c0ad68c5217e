import { Fault } from './fault.ts';
import { secretForms } from './secret-forms.ts';

const CONCEALED = '[secret]';

/** Everything that this process must not say. */
let concealed: ReadonlySet<string> = new Set();

/** From now on `redact` takes this text out, line by line and in the forms in which programs write it. */
export function concealText(text: string): void {
  concealed = new Set([...concealed, ...secretForms(text)]);
}

/** Forgets at its end what is concealed from now on: for a process that outlives its secrets, as the tests' does. */
export function concealedUntilDisposed(): Disposable {
  const before = concealed;
  return {
    [Symbol.dispose]() {
      concealed = before;
    },
  };
}

/** A text without anything that was concealed: raw, base64, URL-, JSON- or shell-escaped. */
export function redact(text: string): string {
  const found = [...concealed].flatMap((part) => placesOf(part, text)).sort((a, b) => a.start - b.start);
  let shown = '';
  let at = 0;
  for (const { start, end } of found) {
    // What overlaps is one secret more, of which no end may be left.
    if (start >= at) shown += text.slice(at, start) + CONCEALED;
    at = Math.max(at, end);
  }
  return found.length === 0 ? text : shown + text.slice(at);
}

function placesOf(part: string, text: string): { start: number; end: number }[] {
  const places: { start: number; end: number }[] = [];
  for (let start = text.indexOf(part); start !== -1; start = text.indexOf(part, start + 1))
    places.push({ start, end: start + part.length });
  return places;
}

/** The same for every text in a value: of lists, of maps, of errors with their causes; what it holds none of is given back as it is. */
export function redactAll<T>(value: T): T {
  return concealed.size === 0 ? value : (redactValue(value, new Set()) as T);
}

function redactValue(value: unknown, seen: Set<Error>): unknown {
  if (typeof value === 'string') return redact(value);
  if (value instanceof Error) return redactError(value, seen);
  if (Array.isArray(value)) return value.map((inner) => redactValue(inner, seen));
  if (value === null || typeof value !== 'object' || Object.getPrototypeOf(value) !== Object.prototype)
    return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, redactValue(inner, seen)]));
}

function redactError(error: Error, seen: Set<Error>): Error {
  // An error may be its own cause.
  const isLast = error.cause === undefined || seen.has(error);
  const cause = isLast ? {} : { cause: redactValue(error.cause, seen.add(error)) };
  const message = redact(error.message);
  if (error instanceof Fault) {
    const { code, hint, details } = error;
    const rest = { details: details.map(redact), ...(hint === undefined ? {} : { hint: redact(hint) }) };
    return new Fault(code, message, { ...rest, ...cause });
  }
  const copy = new Error(message, cause);
  copy.name = error.name;
  if (error.stack !== undefined) copy.stack = redact(error.stack);
  return copy;
}
