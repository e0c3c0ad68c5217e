import type { AnsibleStep, PuppetStep, ShellStep } from '../../../src/converge/step.ts';

const MINUTE_MS = 60_000;

export function puppetStep(manifest: string, more: Partial<PuppetStep['puppet']> = {}): PuppetStep {
  return { timeout: MINUTE_MS, puppet: { manifest, modules: [], data: [], facts: {}, ...more } };
}

export function ansibleStep(playbook: string, more: Partial<AnsibleStep['ansible']> = {}): AnsibleStep {
  return { timeout: MINUTE_MS, ansible: { playbook, roles: [], collections: [], vars: {}, ...more } };
}

export function shellStep(script: string, more: Partial<ShellStep['shell']>, timeout = MINUTE_MS): ShellStep {
  return { timeout, shell: { script, ...more } };
}
