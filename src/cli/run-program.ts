import { Command, CommanderError } from 'commander';
import { Fault } from '../core/fault.ts';
import { faultJson } from '../ui/fault-json.ts';
import { jsonText } from '../ui/json-text.ts';
import { paintFor } from '../ui/paint.ts';
import { renderFault } from '../ui/render-fault.ts';

/** A program, or a verb of it, that throws what is wrong with its command line instead of printing it. */
class Program extends Command {
  override createCommand(name?: string): Command {
    return new Program(name);
  }

  /** `error: unknown option '--from'\n(Did you mean --forms?)` of commander in our words. */
  override error(message: string): never {
    const [first = '', ...rest] = message.replace(/^error: /, '').split('\n');
    const suggestion = rest.join(' ').replace(/^\(|\)$/g, '');
    throw new Fault('USAGE', first, { hint: suggestion || `See ${fullName(this)} --help.` });
  }
}

/** A program without verbs yet. Those that are added to it throw their errors like it. */
export function newProgram(name: string): Command {
  return new Program(name).exitOverride();
}

/** `launch secrets set` */
function fullName(command: Command): string {
  return command.parent === null ? command.name() : `${fullName(command.parent)} ${command.name()}`;
}

/** Runs the command that argv names; a command line that cannot be understood exits 2. */
export async function runProgram(program: Command, argv: readonly string[] = process.argv): Promise<void> {
  try {
    await program.parseAsync([...argv]);
  } catch (error) {
    if (error instanceof Fault) {
      tell(error, argv.includes('--json'));
      process.exit(error.exitCode);
    }
    if (!(error instanceof CommanderError)) throw error;
    // a help or the version that was asked for; the help without a verb was not
    process.exit(error.exitCode === 0 ? 0 : 2);
  }
}

function tell(fault: Fault, asJson: boolean): void {
  if (asJson) process.stdout.write(`${jsonText({ error: faultJson(fault) }, 2)}\n`);
  const lines = renderFault(fault, { paint: paintFor(process.stderr, process.env) });
  process.stderr.write(lines.map((line) => `${line}\n`).join(''));
}
