import { joinPaths, settingPath } from './path-list.ts';
import {
  asArgument,
  ENVIRONMENT,
  emptyFolder,
  GENERATED,
  type GeneratedFile,
  type Provisioner,
  WORK,
} from './provisioner.ts';
import { readPuppetReport } from './puppet-report.ts';
import type { PuppetStep } from './step.ts';

/**
 * A puppet step: `puppet apply`, masterless, with all of its state on the tmpfs.
 *
 * Without `--detailed-exitcodes` failed resources would exit with 0. Never `--test`: it shows file contents.
 */
export function puppet({ puppet: settings, timeout }: PuppetStep, position: number): Provisioner {
  const name = `${position}-puppet`;
  const report = `${WORK}/${name}/report`;
  return {
    step: `puppet ${settings.manifest}`,
    tool: 'puppet',
    program: 'puppet',
    package: 'puppet-agent',
    paths: [
      settings.manifest,
      ...settings.modules,
      ...(settings.hiera === undefined ? [] : [settings.hiera]),
      ...settings.data,
    ],
    generated: configuration(name, settings.facts),
    prepare: emptyFolder(report),
    run: {
      argv: [
        'puppet',
        'apply',
        '--confdir',
        `${GENERATED}/${name}`,
        '--detailed-exitcodes',
        // Modules that the base's packages bring stay usable; the quoted name is a setting of Puppet's.
        '--modulepath',
        joinPaths(settings.modules, ['$basemodulepath']),
        ...(settings.hiera === undefined ? [] : ['--hiera_config', settingPath(settings.hiera)]),
        asArgument(settings.manifest),
      ],
      env: ENVIRONMENT,
    },
    succeeds: [0, 2],
    report: `${report}/report.json`,
    timeout,
    read: (outcome) => readPuppetReport(outcome, settings.manifest),
  };
}

function configuration(name: string, facts: PuppetStep['puppet']['facts']): GeneratedFile[] {
  return [
    { path: `${GENERATED}/${name}/puppet.conf`, text: puppetConf(`${WORK}/${name}`) },
    // The report is "cached" as JSON; with a `terminus` beside it, apply would look for a server.
    { path: `${GENERATED}/${name}/routes.yaml`, text: 'apply:\n  report:\n    cache: json\n' },
    { path: `${GENERATED}/${name}/facts.d/kiln.json`, text: `${JSON.stringify(facts, null, 2)}\n` },
  ];
}

/** The state file is among the reports: emptied with them, so that no schedule hides a change in the second run. */
function puppetConf(work: string): string {
  return `[main]
vardir = ${work}/var
ssldir = ${work}/ssl
rundir = ${work}/run
logdir = ${work}/log
publicdir = ${work}/public
deviceconfdir = ${work}/devices
pluginfactdest = $confdir/facts.d
lastrunreport = ${work}/report/report.json
statefile = ${work}/report/state.yaml
transactionstorefile = ${work}/report/transactions.yaml
reports = none
color = false
show_diff = false
`;
}
