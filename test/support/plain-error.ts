import { AssertionError } from 'node:assert';
import { inspect } from 'node:util';
import { Assertion } from 'uvu/assert';

/**
 * What was thrown, in the one shape that uvu can print: it needs an Error with a string for a name, and reads
 * `details` as text. Anything else makes its printer throw, and the failure is lost.
 */
export function plainError(thrown: unknown): Error {
  if (!(thrown instanceof Error)) return new Error(`thrown, but not an Error: ${inspect(thrown)}`);
  shortenStack(thrown);
  if (thrown instanceof Assertion || thrown instanceof AssertionError) return thrown;
  const plain = new Error(String(thrown.message));
  plain.name = String(thrown.name);
  plain.stack = String(thrown.stack);
  return Object.assign(plain, { details: evidence(thrown).join('\n') });
}

/** Leaves what leads from the test to the failure; the runner's own frames say nothing. */
function shortenStack(error: Error): void {
  const lines = String(error.stack).split('\n');
  const runner = lines.findIndex((line) => line.includes('/test/support/suite.ts:'));
  const own = (runner > 0 ? lines.slice(0, runner) : lines).filter(
    (line) => !line.includes('/node_modules/uvu/'),
  );
  Object.defineProperty(error, 'stack', { value: own.join('\n'), configurable: true, writable: true });
  if (error.cause instanceof Error) shortenStack(error.cause);
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
