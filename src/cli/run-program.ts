import { type Command, CommanderError } from 'commander';
import { Fault } from '../core/fault.ts';
import { faultJson } from '../ui/fault-json.ts';
import { jsonText } from '../ui/json-text.ts';
import { paintFor } from '../ui/paint.ts';
import { renderFault } from '../ui/render-fault.ts';

/** Every error of commander is thrown, and printed by us alone; set before the commands are added, which copy it. */
export function throwUsageErrors(program: Command): Command {
  return program.exitOverride().configureOutput({ outputError: () => {} });
}

/** Runs the command that argv names; a command line that cannot be understood exits 2. */
export async function runProgram(program: Command, argv: readonly string[] = process.argv): Promise<void> {
  try {
    await program.parseAsync([...argv]);
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // a help or the version that was asked for
    if (error.exitCode === 0) process.exit(0);
    if (error.code !== 'commander.help') tell(usageFault(error, program.name()), argv.includes('--json'));
    process.exit(2);
  }
}

/** `error: unknown option '--from'\n(Did you mean --forms?)` of commander in our words. */
function usageFault(error: CommanderError, program: string): Fault {
  const [first = '', ...rest] = error.message.replace(/^error: /, '').split('\n');
  const suggestion = rest.join(' ').replace(/^\(|\)$/g, '');
  return new Fault('USAGE', first, { hint: suggestion || `See ${program} --help.` });
}

function tell(fault: Fault, asJson: boolean): void {
  if (asJson) process.stdout.write(`${jsonText({ error: faultJson(fault) }, 2)}\n`);
  const lines = renderFault(fault, { paint: paintFor(process.stderr, process.env) });
  process.stderr.write(lines.map((line) => `${line}\n`).join(''));
}
