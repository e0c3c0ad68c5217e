import type { Command } from 'commander';
import { kilnVersion } from '../core/version.ts';
import { progressOption, run, runIn, verb } from './define-verb.ts';
import type { EnvironmentFlags, ExplainFlags, LaunchFlags, SecretsFlags } from './launch-flags.ts';
import { collect } from './option-values.ts';
import { newProgram } from './run-program.ts';

/** The command line of `launch`. A verb's own code is loaded when it runs, so that `--help` loads none of it. */
export function launchProgram(): Command {
  const program = newProgram('launch')
    .description('Launches golden images unchanged, with their environment’s data from outside.')
    .version(kilnVersion(), '--version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [verb]', 'print the help of a verb')
    .enablePositionalOptions()
    .option('--workspace <dir>', 'the folder with environments/ (default: the working directory)')
    .argument('[name...]', 'the images to launch (default: all that the environment declares)')
    .option('--json', 'print the answer as JSON')
    .option('--env <name>', 'the environment')
    .option('--environments <dir>', 'a folder of environments that comes before the workspace’s')
    .option('--image <image>', 'a certain image instead of the one whose turn it is: web@7')
    .option('--override <reason>', 'launch what is refused all the same; the reason is recorded')
    .option('--replace-drifted', 'only replace instances that drifted, by clean ones of the same image')
    .addOption(progressOption())
    .action((names: string[], _own, command: Command) =>
      runIn(command, async (flags: LaunchFlags, context) =>
        (await import('./launch-verbs/launch.ts')).launch(names, flags, context),
      ),
    );

  inEnvironment(
    verb(program, 'status', 'show what runs, whether it is healthy and unchanged, and what comes next'),
    'default: all',
  ).action((_own, command) =>
    run(command, async (flags: Partial<EnvironmentFlags>, context) =>
      (await import('./launch-verbs/status.ts')).status(flags, context),
    ),
  );

  inEnvironment(verb(program, 'drift [name...]', 'compare what runs with its image, file by file')).action(
    (names, _own, command) =>
      runIn(command, async (flags: EnvironmentFlags, context) =>
        (await import('./launch-verbs/drift.ts')).drift(names, flags, context),
      ),
  );

  inEnvironment(verb(program, 'rollback <name...>', 'go back to the image that was healthy before'))
    .option('--override <reason>', 'launch what is refused all the same; the reason is recorded')
    .addOption(progressOption())
    .action((names, _own, command) =>
      runIn(command, async (flags: LaunchFlags, context) =>
        (await import('./launch-verbs/rollback.ts')).rollback(names, flags, context),
      ),
    );

  inEnvironment(verb(program, 'stop [name...]', 'stop and remove what runs')).action((names, _own, command) =>
    runIn(command, async (flags: EnvironmentFlags, context) =>
      (await import('./launch-verbs/stop.ts')).stop(names, flags, context),
    ),
  );

  inEnvironment(verb(program, 'history', 'list who launched what, when, and what came of it')).action(
    (_own, command) =>
      runIn(command, async (flags: EnvironmentFlags) =>
        (await import('./launch-verbs/history.ts')).history(flags),
      ),
  );

  inEnvironment(verb(program, 'explain <key>', 'say where a value comes from, and which it won against'))
    .option('--role <role>', 'the role that asks')
    .option('--node <node>', 'the instance that asks: web-1')
    .action((key, _own, command) =>
      runIn(command, async (flags: ExplainFlags, context) =>
        (await import('./launch-verbs/explain.ts')).explain(key, flags, context),
      ),
    );

  const env = program.command('env').description('compare environments');
  verb(env, 'diff <before> <after>', 'print what differs between two environments')
    .option('--environments <dir>', 'a folder of environments that comes before the workspace’s')
    .action((before, after, _own, command) =>
      run(command, async (flags: Partial<EnvironmentFlags>, context) =>
        (await import('./launch-verbs/env-diff.ts')).envDiff(before, after, flags, context),
      ),
    );

  addSecrets(program.command('secrets').description('read and write an environment’s encrypted secrets'));
  return program;
}

function addSecrets(secrets: Command): void {
  inEnvironment(verb(secrets, 'init', 'make the file of secrets, and a key where there is none'))
    .option(
      '--recipient <key>',
      'who can read it: an age public key or a PGP fingerprint; again for more',
      collect,
      [],
    )
    .action((_own, command) =>
      runIn(command, async (flags: SecretsFlags & { recipient: string[] }, context) =>
        (await import('./launch-verbs/secrets-init.ts')).secretsInit(flags, context),
      ),
    );
  inEnvironment(verb(secrets, 'set <name>', 'set one secret, from stdin or asked for without echo'))
    .option('--raw', 'keep the newline at the end of stdin')
    .action((name, _own, command) =>
      runIn(command, async (flags: SecretsFlags & { raw?: boolean }, context) =>
        (await import('./launch-verbs/secrets-set.ts')).secretsSet(name, flags, context),
      ),
    );
  inEnvironment(verb(secrets, 'edit', 'open all secrets in your editor')).action((_own, command) =>
    runIn(command, async (flags: SecretsFlags, context) =>
      (await import('./launch-verbs/secrets-edit.ts')).secretsEdit(flags, context),
    ),
  );
  inEnvironment(verb(secrets, 'show [name]', 'list the secrets, or print one')).action(
    (name, _own, command) =>
      runIn(command, async (flags: SecretsFlags, context) =>
        (await import('./launch-verbs/secrets-show.ts')).secretsShow(name, flags, context),
      ),
  );
  inEnvironment(verb(secrets, 'updatekeys', 'encrypt for the recipients that .sops.yaml names now')).action(
    (_own, command) =>
      runIn(command, async (flags: SecretsFlags, context) =>
        (await import('./launch-verbs/secrets-updatekeys.ts')).secretsUpdatekeys(flags, context),
      ),
  );
  inEnvironment(verb(secrets, 'rotate', 'encrypt everything anew, with a new data key')).action(
    (_own, command) =>
      runIn(command, async (flags: SecretsFlags, context) =>
        (await import('./launch-verbs/secrets-rotate.ts')).secretsRotate(flags, context),
      ),
  );
  inEnvironment(
    verb(secrets, 'push', 'write them to Parameter Store at AWS, for images that fetch them there'),
  )
    .option('--prune', 'also remove what was pushed once and is no secret of the environment any more')
    .action((_own, command) =>
      runIn(command, async (flags: SecretsFlags & { prune?: boolean }, context) =>
        (await import('./launch-verbs/secrets-push.ts')).secretsPush(flags, context),
      ),
    );
}

/** The options that say which environment. */
function inEnvironment(command: Command, isDefault = 'required'): Command {
  return command
    .option('--env <name>', `the environment (${isDefault})`)
    .option('--environments <dir>', 'a folder of environments that comes before the workspace’s');
}
