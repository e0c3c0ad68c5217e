import { join } from 'node:path';
import { shellQuote } from '../../core/shell-quote.ts';
import type { FleetNightly, Schedule } from './schedule.ts';
import { setUpCommands, whatItDoes } from './set-up-commands.ts';
import { cronTime } from './time-of-day.ts';
import { fileText, indent, yamlQuote } from './yaml-quote.ts';

/** What begins an expression. */
const OPENING = '$' + '{{';

/** A workflow with one job for each shard. */
export function githubSchedule(nightly: FleetNightly): Schedule {
  const { name } = nightly;
  const file = `.github/workflows/${name}.yml`;
  return {
    kind: 'github',
    files: [{ name: file, text: fileText(workflow(nightly)) }],
    install(folder) {
      const path = shellQuote(join(folder, file));
      return [`git add ${path}`, `git commit -m ${shellQuote('Bake every night')} ${path}`, 'git push'];
    },
  };
}

function workflow({ name, at, shards, folder, kiln }: FleetNightly): string[] {
  const matrix = Array.from({ length: shards }, (_, index) => `'${index + 1}/${shards}'`).join(', ');
  return [
    whatItDoes(shards),
    '#',
    "# A runner of GitHub's forgets everything: it shows that all still bakes, and its images are gone with it. For",
    '# images that stay, with their history, and that are baked only when something changed, say',
    '# `runs-on: [self-hosted, …]` and set KILN_HOME to a folder that stays there; each shard needs a machine of its own',
    '# then. A runner with /dev/kvm is needed for virtual machines at full speed. Kiln is tested on Debian 12.',
    `name: ${yamlQuote(name)}`,
    'on:',
    '  schedule:',
    '    # in UTC; GitHub may be late by some minutes',
    `    - cron: '${cronTime(at)}'`,
    '  workflow_dispatch:',
    'permissions:',
    '  contents: read',
    'concurrency:',
    `  group: ${yamlQuote(name)}`,
    '  cancel-in-progress: false',
    'jobs:',
    '  nightly:',
    '    runs-on: ubuntu-latest',
    '    timeout-minutes: 360',
    '    strategy:',
    '      fail-fast: false',
    '      matrix:',
    `        shard: [${matrix}]`,
    ...(folder === '.'
      ? []
      : indent(4, ['defaults:', '  run:', `    working-directory: ${yamlQuote(githubLiteral(folder))}`])),
    '    steps:',
    '      - uses: actions/checkout@v5',
    '      - uses: actions/setup-node@v5',
    '        with:',
    '          node-version: 22',
    '      - name: Set up',
    '        run: |',
    ...indent(10, [
      '# Debian bases are checked with its keys, which other systems have in a package.',
      'sudo apt-get update',
      'sudo apt-get install --yes debian-archive-keyring',
      ...setUpCommands(kiln).map((command) => `sudo -E env "PATH=$PATH" ${command}`),
    ]),
    '      - name: Bake',
    '        run: |',
    ...indent(10, [
      `sudo -E env "PATH=$PATH" npx bake nightly --shard \${{ matrix.shard }} --report "$RUNNER_TEMP/kiln-report" --progress plain`,
    ]),
    '      - name: Summary',
    '        if: always()',
    '        run: |',
    ...indent(10, [
      'if [ -e "$RUNNER_TEMP/kiln-report/report.md" ]; then',
      '  cat "$RUNNER_TEMP/kiln-report/report.md" >> "$GITHUB_STEP_SUMMARY"',
      'fi',
    ]),
    '      - uses: actions/upload-artifact@v6',
    '        if: always()',
    '        with:',
    `          name: ${name}-\${{ strategy.job-index }}`,
    `          path: \${{ runner.temp }}/kiln-report`,
  ];
}

/** Text in which `${{` begins no expression. */
function githubLiteral(text: string): string {
  return text.replaceAll(OPENING, `${OPENING} '${OPENING}' }}`);
}
