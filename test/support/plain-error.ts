import { inspect } from 'node:util';

/**
 * What was thrown, in the one shape that uvu can print: it needs an Error with a string for a name, and reads
 * `details` as text. Anything else makes its printer throw, and the failure is lost.
 */
export function plainError(thrown: unknown): Error {
  if (!(thrown instanceof Error)) return new Error(`thrown, but not an Error: ${inspect(thrown)}`);
  if (isPrintable(thrown)) return thrown;
  const plain = new Error(thrown.message);
  plain.name = String(thrown.name);
  plain.stack = thrown.stack ?? `${plain.name}: ${plain.message}`;
  return Object.assign(plain, { details: evidence(thrown).join('\n') });
}

function isPrintable(error: Error): boolean {
  const { name, message, details, operator } = error as Error & { details?: unknown; operator?: unknown };
  return (
    typeof name === 'string' &&
    typeof message === 'string' &&
    (details === undefined || typeof details === 'string' || details === false) &&
    (operator === undefined || typeof operator === 'string') &&
    error.cause === undefined &&
    !(error instanceof AggregateError) &&
    !('code' in error)
  );
}

/** Every own property but the stack and the message, a line each: code, hint, details, errors, cause. */
function evidence(error: Error): string[] {
  const names = Object.getOwnPropertyNames(error).filter(
    (name) => !['stack', 'message', 'name'].includes(name),
  );
  return names.flatMap((name) => {
    const value: unknown = Reflect.get(error, name);
    if (value === undefined || (Array.isArray(value) && value.length === 0)) return [];
    const lines = Array.isArray(value) ? value : [value];
    return lines.flatMap((line) => `${name}: ${typeof line === 'string' ? line : inspect(line)}`.split('\n'));
  });
}
