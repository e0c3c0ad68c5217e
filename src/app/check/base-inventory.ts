import type { ImageRecord } from '../../catalogue/record.ts';
import { shortDigest } from '../../core/digest.ts';
import type { StageLog } from '../../core/events.ts';
import { Fault } from '../../core/fault.ts';
import { takeInventory } from '../take-inventory.ts';
import type { CheckPorts, FreshMachine } from './fresh-machine.ts';
import type { Seen } from './propose-checks.ts';

/**
 * What an image's base has by itself: by the record where it is another image, else by a machine of it, as a bake starts
 * one. Nothing where the base is not here any more, or is a disk.
 */
export async function baseInventory(
  { record, id, scope }: Pick<FreshMachine, 'record' | 'id' | 'scope'>,
  { catalogue, docker }: Pick<CheckPorts, 'catalogue' | 'docker'>,
  { log, signal }: { readonly log: StageLog; readonly signal: AbortSignal },
): Promise<Seen | undefined> {
  const { base, template, runtime } = record;
  try {
    if (base.image !== undefined) return (await catalogue.get(base.image)).inventory;
    const image =
      (await docker.images.inspect(base.digest, signal)) ??
      (await docker.images.inspect(`kiln/base:${shortDigest(base.digest)}`, signal));
    if (image === undefined) return unknownBase(record, log);
    const init = runtime?.init ?? 'systemd';
    const spec = { bake: id, template, purpose: 'base', base: image.id, init, asImage: false };
    const machine = await docker.platform.start(spec, scope, signal);
    const { inventory } = await takeInventory(machine, signal);
    await machine.remove();
    return inventory;
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof Fault && GONE.has(error.code)) return unknownBase(record, log);
    throw error;
  }
}

/** There is no engine that would have it, it was pruned, or it does not start by itself. */
const GONE = new Set(['ENGINE_UNREACHABLE', 'IMAGE_UNKNOWN', 'MACHINE_NOT_READY']);

function unknownBase({ base }: ImageRecord, log: StageLog): undefined {
  log.note(`the base ${base.name} is not here to be compared with: what it brings is proposed as well`);
  return undefined;
}
