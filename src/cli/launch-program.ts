import { Command } from 'commander';
import { Fault } from '../core/fault.ts';
import { kilnVersion } from '../core/version.ts';
import { throwUsageErrors } from './run-program.ts';

/** The command line of `launch`. */
export function launchProgram(): Command {
  return throwUsageErrors(new Command('launch'))
    .description(
      'Launches golden images unchanged, with their environment’s data from outside. Not there yet.',
    )
    .version(kilnVersion(), '--version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .argument('[name...]', 'the images to launch')
    .option('--env <name>', 'the environment')
    .action(async () => {
      const { runVerb } = await import('./run-verb.ts');
      await runVerb({}, () => {
        throw new Fault('USAGE', 'launching is not there yet', {
          hint: 'Bake images with `bake image NAME`; the README says how to start one by hand.',
        });
      });
    });
}
