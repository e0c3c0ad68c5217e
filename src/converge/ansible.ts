import { ANSIBLE_CALLBACK } from './ansible-callback.ts';
import { readAnsibleReport } from './ansible-report.ts';
import { joinPaths } from './path-list.ts';
import { asArgument, ENVIRONMENT, emptyFolder, GENERATED, type Provisioner, WORK } from './provisioner.ts';
import type { AnsibleStep } from './step.ts';

/** An ansible step: `ansible-playbook` on the machine itself, with its temporary files on the tmpfs. */
export function ansible({ ansible: settings, timeout }: AnsibleStep, position: number): Provisioner {
  const name = `${position}-ansible`;
  const work = `${WORK}/${name}`;
  const vars = `${GENERATED}/${name}/vars.json`;
  const report = `${work}/report/tasks.jsonl`;
  return {
    step: `ansible ${settings.playbook}`,
    tool: 'ansible',
    program: 'ansible-playbook',
    package: 'ansible-core',
    paths: [settings.playbook, ...settings.roles, ...settings.collections],
    generated: [
      { path: `${GENERATED}/ansible/kiln_report.py`, text: ANSIBLE_CALLBACK },
      { path: vars, text: `${JSON.stringify(settings.vars, null, 2)}\n` },
    ],
    prepare: emptyFolder(`${work}/report`),
    run: {
      argv: [
        'ansible-playbook',
        '--inventory',
        'localhost,',
        '--connection',
        'local',
        '--extra-vars',
        `@${vars}`,
        asArgument(settings.playbook),
      ],
      env: {
        ...ENVIRONMENT,
        ANSIBLE_CALLBACK_PLUGINS: `${GENERATED}/ansible`,
        ANSIBLE_COLLECTIONS_PATH: joinPaths(settings.collections, ['/usr/share/ansible/collections']),
        ANSIBLE_HOME: `${work}/home`,
        ANSIBLE_LOCAL_TEMP: `${work}/tmp`,
        ANSIBLE_NOCOLOR: '1',
        ANSIBLE_NOCOWS: '1',
        // Named, or Ansible looks for one and warns that the choice may change.
        ANSIBLE_PYTHON_INTERPRETER: '/usr/bin/python3',
        ANSIBLE_REMOTE_TEMP: `${work}/remote`,
        ANSIBLE_RETRY_FILES_ENABLED: '0',
        ANSIBLE_ROLES_PATH: joinPaths(settings.roles, ['/usr/share/ansible/roles']),
        KILN_REPORT: report,
      },
    },
    succeeds: [0],
    report,
    timeout,
    read: (outcome) => readAnsibleReport(outcome, settings.playbook),
  };
}
