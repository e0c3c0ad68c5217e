import type { Instance } from '../../platforms/launcher.ts';

/** The instance that stands for all of a template: one that serves, else any that is there. */
export function foremost(instances: readonly Instance[]): Instance | undefined {
  return instances.find(({ serving }) => serving) ?? instances[0];
}
