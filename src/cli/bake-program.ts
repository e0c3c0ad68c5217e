import { Argument, type Command, Option } from 'commander';
import { kilnVersion } from '../core/version.ts';
import { AWS_USES, type AwsUse, type DoctorFlags } from './aws-flags.ts';
import type { GcFlags } from './bake-verbs/gc.ts';
import { CHECK_FORMATS, type CheckFlags } from './check-flags.ts';
import { progressOption, run, verb } from './define-verb.ts';
import type { DiffFlags } from './diff-flags.ts';
import type { ExportFlags } from './export-flags.ts';
import type { ImageFlags } from './image-flags.ts';
import type { NightlyFlags } from './nightly-flags.ts';
import { parseCheckpoint, parseCount, parseForms, parseNames } from './option-values.ts';
import { newProgram } from './run-program.ts';
import type { ScheduleFlags } from './schedule-flags.ts';

/** The command line of `bake`. A verb's own code is loaded when it runs, so that `--help` loads none of it. */
export function bakeProgram(): Command {
  const program = newProgram('bake')
    .description('Bakes golden images from clean machines, and proves them before anybody sees them.')
    .version(kilnVersion(), '--version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [verb]', 'print the help of a verb')
    .option(
      '--workspace <dir>',
      'the folder with templates/ and provisioners/ (default: the working directory)',
    );

  verb(program, 'image <name...>', 'bake images, side by side')
    .addOption(new Option('--forms <list>', 'what to ship them as, as in oci,disk,ami').argParser(parseForms))
    .addOption(machine())
    .option('--cold', 'boot virtual machines anew, whatever is kept warm')
    .option('--no-verify', 'publish without having started each form once; only for the first environment')
    .option('--checkpoints', 'save what the machine is after each converge step')
    .addOption(
      new Option(
        '--from <step>',
        'go on from what --checkpoints saved after a step, as converge:2; only for the environment dev',
      ).argParser(parseCheckpoint),
    )
    .addOption(
      new Option('--on-error <what>', 'what becomes of the machine of a bake that fails')
        .choices(['cleanup', 'keep', 'shell'])
        .default('cleanup'),
    )
    .addOption(progressOption())
    .action((names, _own, command) =>
      run(command, async (options: ImageFlags, context) => {
        const { image } = await import('./bake-verbs/image.ts');
        return await image(names, options, context);
      }),
    );

  verb(program, 'nightly', 'rebuild every template from clean, and publish what has come out differently')
    .addOption(new Option('--only <names>', 'templates, as in web,app (default: all)').argParser(parseNames))
    .addOption(
      new Option('--jobs <count>', 'how many at once (default: one for each processor)').argParser(
        parseCount,
      ),
    )
    .option('--shard <i/n>', 'only this machine’s part of the work that n machines share, as in 2/3')
    .option('--if-older-than <age>', 'leave images alone that are younger, as in 20h or 7d')
    .option('--report <dir>', 'write report.md, report.html, junit.xml and report.json to a folder')
    .addOption(progressOption())
    .action((_own, command) =>
      run(command, async (options: NightlyFlags, context) =>
        (await import('./bake-verbs/nightly.ts')).rebuildNightly(options, context),
      ),
    );

  verb(program, 'check <name>', 'run a template’s checks on a fresh machine of an image')
    .option('--image <ref>', 'the image, as in web@7 (default: the template’s newest)')
    .addOption(startedForm())
    .option('--file <file>', 'other checks than the template’s')
    .addOption(new Option('--format <format>', 'how the results are printed').choices(CHECK_FORMATS))
    .addOption(progressOption())
    .action((name, { format }: CheckFlags, command) => {
      if (format === 'json') command.setOptionValue('json', true);
      return run(command, async (options: CheckFlags, context) =>
        (await import('./bake-verbs/check.ts')).check(name, options, context),
      );
    });

  const checks = program.command('checks').description('what a template’s checks could be');
  verb(checks, 'suggest <image>', 'propose checks for what a fresh machine of an image has, as YAML to paste')
    .addOption(startedForm())
    .addOption(progressOption())
    .action((image, _own, command) =>
      run(command, async (options: CheckFlags, context) =>
        (await import('./bake-verbs/checks-suggest.ts')).suggest(image, options, context),
      ),
    );

  verb(program, 'plan <name>', 'print what a bake would do, from which digests, and stop').action(
    (name, _own, command) =>
      run(command, async (_options, context) => (await import('./bake-verbs/plan.ts')).plan(name, context)),
  );

  verb(program, 'lint', 'check all templates, bases, environments and their data').action((_own, command) =>
    run(command, async (_options, context) => (await import('./bake-verbs/lint.ts')).lint(context)),
  );

  verb(program, 'list [name]', 'list the images, of one template or of all')
    .addOption(
      new Option('-n, --limit <count>', 'how many of each template').argParser(parseCount).default(10),
    )
    .action((name, _own, command) =>
      run(command, async (options: { limit: number }, context) =>
        (await import('./bake-verbs/list.ts')).list(name, options.limit, context),
      ),
    );

  verb(program, 'show <image>', 'print an image’s record: web, web@7').action((ref, _own, command) =>
    run(command, async () => (await import('./bake-verbs/show.ts')).show(ref)),
  );

  verb(
    program,
    'revoke <image>',
    'mark an image as not to be launched any more, and say what runs of it: web@7',
  )
    .requiredOption('--reason <text>', 'why; everybody sees it who wants to launch it')
    .action((ref, _own, command) =>
      run(command, async (options: { reason: string }, context) =>
        (await import('./bake-verbs/revoke.ts')).revoke(ref, options.reason, context),
      ),
    );

  verb(
    program,
    'prune [name...]',
    'say which images no `keep:` keeps and nothing needs; with --yes, remove them',
  )
    .option('--yes', 'remove them')
    .addOption(progressOption())
    .action((names, _own, command) =>
      run(command, async (options: { yes?: boolean }, context) =>
        (await import('./bake-verbs/prune.ts')).prune(names, options.yes ?? false, context),
      ),
    );

  verb(
    program,
    'distribute <image>',
    'copy an image’s AMI to the regions of its template, and let those use it who are declared: web@7',
  )
    .addOption(
      new Option('--region <names>', 'only these, as in us-west-2,eu-west-1 (default: all)').argParser(
        parseNames,
      ),
    )
    .addOption(progressOption())
    .action((ref, _own, command) =>
      run(command, async (options: { region?: readonly string[] }, context) =>
        (await import('./bake-verbs/distribute.ts')).distribute(ref, options.region ?? [], context),
      ),
    );

  verb(program, 'diff <before> <after>', 'print what changed from one image to another, and why')
    .option('--changelog', 'also what the changelogs of upgraded packages say (reads the newer image)')
    .option('--all', 'whole lists, however long')
    .addOption(progressOption())
    .action((before, after, _own, command) =>
      run(command, async (options: DiffFlags, context) =>
        (await import('./bake-verbs/diff.ts')).diff(before, after, options, context),
      ),
    );

  verb(
    program,
    'history <name>',
    'tell of a template’s images what changed in each, why, and where it was launched',
  )
    .addOption(new Option('-n, --limit <count>', 'how many, the newest').argParser(parseCount).default(10))
    .action((name, _own, command) =>
      run(command, async (options: { limit: number }) =>
        (await import('./bake-verbs/history.ts')).history(name, options.limit),
      ),
    );

  verb(program, 'bundle <name>', 'write the archive of all that convergence needs')
    .requiredOption('-o, --output <file>', 'where to')
    .action((name, _own, command) =>
      run(command, async (options: { output: string }, context) =>
        (await import('./bake-verbs/bundle.ts')).bundle(name, options.output, context),
      ),
    );

  verb(program, 'export <image>', 'write an image as a disk, as a tar of its files or as a container image')
    .addOption(
      new Option('--format <format>', 'as what')
        .choices(['qcow2', 'raw', 'vmdk', 'vhdx', 'tar', 'oci'])
        .makeOptionMandatory(),
    )
    .requiredOption('-o, --output <file>', 'where to; - is stdout, for tar and oci')
    .option('--force', 'replace a file that is there already')
    .addOption(
      new Option('--compress <method>', 'of a qcow2; without it, it is as it was baked').choices([
        'none',
        'zstd',
        'zlib',
      ]),
    )
    .addOption(progressOption())
    .action((ref, _own, command) =>
      run(command, async (options: ExportFlags, context) =>
        (await import('./bake-verbs/export.ts')).exportAs(ref, options, context),
      ),
    );

  verb(
    program,
    'gc',
    'finish or undo what killed bakes, launches and exports have left; nothing of a running one is touched',
  )
    .option('--dry-run', 'only say what would be done')
    .addOption(
      new Option(
        '--platform <name>',
        'only what is left there, in all regions; what is of no run of this host is told and stays',
      ).choices(['ec2']),
    )
    .addOption(
      new Option(
        '--run <ids>',
        'with --platform: runs of other hosts that are over; what they left goes',
      ).argParser(parseNames),
    )
    .action((_own, command) =>
      run(command, async (options: GcFlags, context) =>
        (await import('./bake-verbs/gc.ts')).gc(options, context),
      ),
    );

  verb(program, 'schedule', 'print what has `bake nightly` run every night, ready to be saved')
    .addArgument(
      new Argument('<kind>', 'by what').choices(['systemd', 'cron', 'github', 'gitlab', 'kubernetes']),
    )
    .option('--at <time>', 'when, HH:MM; GitHub takes it as UTC', '02:30')
    .option('--name <name>', 'what the unit, job or workflow is called', 'kiln-nightly')
    .addOption(
      new Option(
        '--shards <count>',
        'among how many machines github, gitlab and kubernetes divide the work',
      ).argParser(parseCount),
    )
    .option('--shard <i/n>', 'which part this machine does, for systemd and cron')
    .option('--image <ref>', 'the container image with this workspace, for kubernetes')
    .option('-o, --output <dir>', 'save the files there and print the commands that install them')
    .option('--force', 'replace files that are there already')
    .action((kind, _own, command) =>
      run(command, async (options: ScheduleFlags, context) =>
        (await import('./bake-verbs/schedule.ts')).schedule(kind, options, context),
      ),
    );

  verb(program, 'doctor', 'say which tools are there, which are missing and how to install them')
    .addOption(
      new Option('--platform <name>', 'instead, which permissions there are, by dry runs').choices(['ec2']),
    )
    .addOption(new Option('--for <use>', 'of a platform, those for what (all)').choices(AWS_USES))
    .action((_own, command) =>
      run(command, async (options: DoctorFlags, context) =>
        (await import('./bake-verbs/doctor.ts')).doctor(options, context),
      ),
    );

  verb(program, 'policy', 'print the least IAM policy that AWS has to grant, as JSON')
    .addOption(new Option('--for <use>', 'for what').choices(AWS_USES).default('all'))
    .action((_own, command) =>
      run(command, async (options: { for: AwsUse }) =>
        (await import('./bake-verbs/policy.ts')).policy(options.for),
      ),
    );

  program
    .command('schema')
    .description('print the JSON Schema of a file, for editors')
    .addArgument(
      new Argument('[file]', 'which file')
        .choices(['template', 'base', 'defaults', 'environment', 'hiera', 'workspace'])
        .default('template'),
    )
    .action((file, _own, command) =>
      run(command, async () => (await import('./bake-verbs/schema.ts')).schema(file)),
    );

  return program;
}

function startedForm(): Option {
  return new Option('--form <form>', 'what to start the image from (default: oci, where it has it)').choices([
    'oci',
    'disk',
  ]);
}

function machine(): Option {
  return new Option('--machine <kind>', 'the machine to bake in').choices(['container', 'vm', 'instance']);
}
