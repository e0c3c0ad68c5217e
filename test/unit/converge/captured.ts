import { readFile } from 'node:fs/promises';
import type { Outcome } from '../../../src/converge/provisioner.ts';

/**
 * A run as it was captured from Puppet 7.23 and ansible-core 2.14 in a Debian 12 container with systemd, from the
 * commands that a bake runs. Metrics, most of Puppet's own schedules and the container's name were taken out.
 */
export async function captured(name: string): Promise<Outcome> {
  return JSON.parse(await readFile(new URL(`fixtures/${name}.json`, import.meta.url), 'utf8')) as Outcome;
}
