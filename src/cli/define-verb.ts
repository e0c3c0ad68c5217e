import { type Command, Option } from 'commander';
import { Fault } from '../core/fault.ts';
import type { Answer, CommonOptions, VerbContext } from './answer.ts';

/** A verb of a program, with what every verb has. */
export function verb(program: Command, usage: string, description: string): Command {
  return program.command(usage).description(description).option('--json', 'print the answer as JSON');
}

/** How progress is shown, for the verbs that take a while. */
export function progressOption(): Option {
  return new Option('--progress <kind>', 'how progress is shown on stderr (default: auto)').choices([
    'auto',
    'tty',
    'plain',
    'json',
  ]);
}

/** Runs a verb's work with the options of its command line, and ends the process. */
export async function run<Options>(
  command: Command,
  work: (options: Options, context: VerbContext) => Promise<Answer>,
): Promise<void> {
  const options = command.optsWithGlobals<CommonOptions & Options>();
  const { runVerb } = await import('./run-verb.ts');
  await runVerb(options, (context) => work(options, context));
}

/** The same for a verb that is about one environment, which may be named before or after the verb. */
export async function runIn<Options extends { readonly env: string }>(
  command: Command,
  work: (options: Options, context: VerbContext) => Promise<Answer>,
): Promise<void> {
  await run(command, async (options: Options, context) => {
    if (options.env === undefined) {
      throw new Fault('USAGE', 'which environment?', {
        hint: 'Name it with --env, as in `--env dev`; each has a folder in environments/.',
      });
    }
    return await work(options, context);
  });
}
