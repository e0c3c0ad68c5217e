import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { ownerLives, ownerText } from './process-owner.ts';

/** Who does a run, wherever a `$KILN_HOME` is shared from. */
export interface RunOwner {
  /** As `ownerOf` has it. */
  readonly process: string;
  readonly host: string;
  readonly boot: string;
  /** Of process ids: they mean something in there alone. `pid:[4026531836]` */
  readonly namespace: string;
}

/** How often a run says that it lives. */
export const HEARTBEAT_MS = 15_000;
/** One that has said nothing for so long has ended, where its process cannot be looked for. */
export const STALE_MS = 10 * 60_000;

/** This process. */
export function thisOwner(): RunOwner {
  const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  return {
    process: ownerText(process.pid, readFileSync('/proc/self/stat', 'utf8'), boot),
    host: hostname(),
    boot,
    namespace: readlinkSync('/proc/self/ns/pid'),
  };
}

/**
 * Whether a run is still at work. Where process ids mean the same here, its process decides; in another container, on
 * another host, and before a restart of this one, only its heartbeat can.
 *
 * @param heartbeat when it last said that it lives, in milliseconds since 1970, as `now`
 */
export async function runLives(
  owner: RunOwner,
  heartbeat: number,
  { now = Date.now(), here = thisOwner() }: { readonly now?: number; readonly here?: RunOwner } = {},
): Promise<boolean> {
  const { host, boot, namespace } = here;
  if (owner.host === host && owner.boot === boot && owner.namespace === namespace)
    return await ownerLives(owner.process);
  return now - heartbeat < STALE_MS;
}
