import { z } from 'zod';
import { always, exactlyOneOf } from './exactly-one.ts';
import { absolutePath, text } from './text.ts';
import { positiveDuration } from './units.ts';
import { workspacePath, workspacePaths } from './workspace-path.ts';

const puppet = z
  .strictObject({
    manifest: workspacePath.describe('The manifest that is applied.'),
    modules: workspacePaths.describe('Folders of modules, in their order.'),
    hiera: workspacePath.exactOptional().describe('hiera.yaml; its data is named under `data`.'),
    data: workspacePaths.describe('Files and folders that the hierarchy reads.'),
    facts: z
      .record(
        z.string().regex(/^[a-z][a-z0-9_]*$/, 'is not the name of a fact: lower-case letters, digits and _'),
        z.union([z.string(), z.number(), z.boolean()]),
      )
      .prefault({})
      .describe('Facts given from outside.'),
  })
  .describe('Applies a Puppet manifest.');

const ansible = z
  .strictObject({
    playbook: workspacePath.describe('The playbook that is run against the machine itself.'),
    roles: workspacePaths.describe('Folders of roles.'),
    collections: workspacePaths.describe('Folders that hold ansible_collections.'),
    vars: z
      .record(z.string().regex(/^[A-Za-z_]\w*$/, 'is not the name of a variable'), z.unknown())
      .prefault({})
      .describe('Extra variables.'),
  })
  .describe('Runs an Ansible playbook.');

const GUARDS = ['creates', 'unless', 'always-changes'] as const;
const GUARD_PURPOSE = 'it says how the second run proves that nothing is left to do';

const shell = z
  .strictObject({
    script: workspacePath.describe('The script, run by sh -eu.'),
    creates: absolutePath.exactOptional().describe('The step is done when this path of the machine exists.'),
    unless: text.exactOptional().describe('The step is done when this command exits 0.'),
    'always-changes': text
      .exactOptional()
      .describe('Why this step cannot be proven; it is left out of the proof.'),
  })
  .superRefine(exactlyOneOf(GUARDS, GUARD_PURPOSE), always)
  .meta({ description: 'Runs a shell script.', oneOf: GUARDS.map((guard) => ({ required: [guard] })) });

/** The tools that a step can be run by, which are the keys of a step. */
export const STEP_KINDS = ['puppet', 'ansible', 'shell'] as const;

export type PuppetStep = z.output<typeof puppet>;
export type AnsibleStep = z.output<typeof ansible>;
export type ShellStep = z.output<typeof shell>;

/** One step of the convergence; `timeout` in milliseconds, 30 minutes unless said. */
export type Step = { timeout: number } & (
  | { puppet: PuppetStep }
  | { ansible: AnsibleStep }
  | { shell: ShellStep }
);

/** A step has one tool; written as one object so that a mistake inside is told of that tool, not of all. */
export const stepSchema = z
  .strictObject({
    puppet: puppet.exactOptional(),
    ansible: ansible.exactOptional(),
    shell: shell.exactOptional(),
    timeout: positiveDuration.prefault('30m').describe('How long the step may take, as in 30m.'),
  })
  .superRefine(exactlyOneOf(STEP_KINDS, 'each step is run by one tool'), always)
  .meta({ oneOf: STEP_KINDS.map((kind) => ({ required: [kind] })) })
  .transform((step) => step as Step);
