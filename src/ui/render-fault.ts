import { Fault } from '../core/fault.ts';
import { cleanLines } from './clean-line.ts';
import { describe, stackOf } from './fault-json.ts';
import { type Paint, plain } from './paint.ts';

/** The lines that tell a person of a failure: message, evidence, what to do next, where the log is. */
export function renderFault(error: unknown, options: { paint?: Paint; log?: string } = {}): string[] {
  const paint = options.paint ?? plain;
  const lines = error instanceof Fault ? faultLines(error, paint) : bugLines(error, paint);
  return options.log === undefined ? lines : [...lines, `  ${paint('dim', 'log:')} ${options.log}`];
}

function faultLines(fault: Fault, paint: Paint): string[] {
  return [
    ...headline(fault.message, paint),
    ...fault.details.flatMap(cleanLines).map((line) => (line === '' ? '' : `    ${line}`)),
    ...causes(fault).map((line) => `  ${paint('dim', 'because:')} ${line}`),
    ...(fault.hint === undefined
      ? []
      : [`  ${paint('yellow', 'hint:')} ${cleanLines(fault.hint).join(' ')}`]),
  ];
}

function bugLines(error: unknown, paint: Paint): string[] {
  return [
    ...headline(`this is a bug in kiln: ${describe(error)}`, paint),
    ...stackOf(error)
      .flatMap(cleanLines)
      .map((line) => `    ${line.trim()}`),
    `  ${paint('yellow', 'hint:')} Please report it with the lines above, the command and the log.`,
  ];
}

function headline(message: string, paint: Paint): string[] {
  return cleanLines(message).map((line, index) =>
    index === 0 ? `${paint('red', '✗')} ${line}` : `  ${line}`,
  );
}

/** The messages below a fault that say more than it does itself, outermost first. */
function causes(fault: Fault): string[] {
  const found: string[] = [];
  for (let cause = fault.cause; cause instanceof Error; cause = cause.cause) {
    const said = [fault.message, ...fault.details, ...found].join('\n');
    const message = cleanLines(cause.message).join(' ').trim();
    if (message !== '' && !said.includes(message)) found.push(message);
  }
  return found;
}
