import { join } from 'node:path';
import { Fault } from '../../core/fault.ts';
import { shellJoin, shellQuote } from '../../core/shell-quote.ts';
import type { FleetNightly, Schedule } from './schedule.ts';
import { setUpCommands, whatItDoes } from './set-up-commands.ts';
import { cronTime } from './time-of-day.ts';
import { fileText, indent, yamlQuote } from './yaml-quote.ts';

/** How many jobs `parallel:` may make. */
const MAX_PARALLEL = 200;
const FILE = '.gitlab-ci.yml';
/** Keywords at the top of a pipeline, and `pages`, whose job is one of a kind. */
const RESERVED = [
  'image',
  'services',
  'stages',
  'types',
  'variables',
  'cache',
  'include',
  'default',
  'workflow',
  'pages',
  'spec',
  'true',
  'false',
  'nil',
];

/** A pipeline's job, for the pipelines that a schedule starts. */
export function gitlabSchedule(nightly: FleetNightly): Schedule {
  const { name, shards } = nightly;
  if (RESERVED.includes(name)) {
    throw new Fault('USAGE', `\`${name}\` is a keyword of GitLab, so no job can be called so`, {
      hint: 'Choose another --name.',
    });
  }
  if (shards > MAX_PARALLEL) {
    throw new Fault('USAGE', `GitLab divides a job between at most ${MAX_PARALLEL} machines`, {
      hint: `Say --shards ${MAX_PARALLEL} or fewer.`,
    });
  }
  return {
    kind: 'gitlab',
    files: [{ name: FILE, text: fileText(pipeline(nightly)) }],
    install(folder) {
      const path = shellQuote(join(folder, FILE));
      return [
        `git add ${path}`,
        `git commit -m ${shellQuote('Bake every night')} ${path}`,
        'git push',
        `# then, in Build > Pipeline schedules: a new schedule with the interval pattern ${cronTime(nightly.at)}`,
      ];
    },
  };
}

function pipeline({ name, at, shards, folder, kiln }: FleetNightly): string[] {
  const script = [
    ...(folder === '.' ? [] : [shellJoin(['cd', `./${folder}`])]),
    ...setUpCommands(kiln),
    `npx bake nightly${shards === 1 ? '' : ' --shard "$CI_NODE_INDEX/$CI_NODE_TOTAL"'} --report "$CI_PROJECT_DIR/kiln-report" --progress plain`,
  ];
  return [
    whatItDoes(shards),
    '#',
    '# GitLab keeps schedules outside of this file: make one in Build > Pipeline schedules, or by the API, with the',
    `# interval pattern \`${cronTime(at)}\`; its time zone is said there.`,
    '#',
    '# The runner must be privileged, to start an engine, or its jobs must have DOCKER_HOST. For images that stay, with',
    '# their history, set KILN_HOME to a folder that stays on the runner; each shard needs a machine of its own then.',
    '# A runner with /dev/kvm is needed for virtual machines at full speed.',
    `${yamlQuote(name)}:`,
    '  rules:',
    `    - if: $CI_PIPELINE_SOURCE == "schedule"`,
    '  # Debian 12 with Node.js, make and git',
    '  image: node:22-bookworm',
    ...(shards === 1 ? [] : [`  parallel: ${shards}`]),
    '  timeout: 6h',
    '  interruptible: false',
    '  script:',
    ...indent(
      4,
      script.map((line) => `- ${yamlQuote(line)}`),
    ),
    '  artifacts:',
    '    when: always',
    '    paths:',
    '      - kiln-report/',
    '    reports:',
    '      junit: kiln-report/junit.xml',
  ];
}
