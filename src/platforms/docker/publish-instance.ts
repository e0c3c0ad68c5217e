import { Fault } from '../../core/fault.ts';
import type { Instance } from '../launcher.ts';
import { askToTheEnd } from './ask-to-the-end.ts';
import { type Engine, engineFault, reasonOf } from './engine.ts';
import { makeServingNetwork, networksOf } from './instance-networks.ts';
import { portTaken, takenPort } from './port-taken.ts';
import { readInstance } from './read-instance.ts';

/** What has begun comes to its end, so that an abort leaves nothing half done. */
const UNABORTED = new AbortController().signal;

/**
 * Moves an instance from its environment's waiting network to the serving one, where its ports are bound.
 *
 * It must be on the serving one alone at the end: an engine that has bound ports for one of two networks moves them
 * to the other, internal or not, when the first is left. No question is asked before the ports are bound: whoever
 * served until now is out of reach.
 *
 * One whose ports were taken is not published again: an engine leaves the network's interface in it and can neither use
 * it nor take it away, so that a later try is `MACHINE_LOST`.
 */
export async function publishInstance(
  engine: Engine,
  instance: Instance,
  signal: AbortSignal,
): Promise<void> {
  const { serving, waiting } = networksOf(instance.environment);
  await connect(engine, instance, serving, signal);
  await disconnect(engine, instance, waiting, UNABORTED);
  const now = await readInstance(engine, instance.id, UNABORTED);
  signal.throwIfAborted();
  if (now?.instance.serving === true) return;
  const how = now?.instance.running === true ? 'cannot be reached any more' : 'has ended';
  throw new Fault('MACHINE_LOST', `${instance.name} ${how}`, {
    hint: `Launch it anew: \`launch ${instance.template} --env ${instance.environment}\`.`,
  });
}

/** Takes an instance off its environment's serving network; one that only waits stays where it is. */
export async function withdrawInstance(
  engine: Engine,
  instance: Instance,
  signal: AbortSignal,
): Promise<void> {
  const { serving, waiting } = networksOf(instance.environment);
  const now = await readInstance(engine, instance.id, signal);
  if (now === undefined || !now.networks.includes(serving)) return;
  if (now.networks.includes(waiting)) await disconnect(engine, instance, waiting, UNABORTED);
  await disconnect(engine, instance, serving, UNABORTED);
  signal.throwIfAborted();
}

async function connect(
  engine: Engine,
  instance: Instance,
  network: string,
  signal: AbortSignal,
): Promise<void> {
  const { id, name, environment, template, slot } = instance;
  const what = `connect ${name} to ${network}`;
  const EndpointConfig = { Aliases: [template, `${template}-${slot}`] };
  const attempt = (attemptSignal: AbortSignal) =>
    askToTheEnd(what, attemptSignal, () =>
      engine.docker
        .getNetwork(network)
        .connect({ Container: id, EndpointConfig })
        .then(() => undefined, refusal),
    );
  let refused = await attempt(signal);
  if (refused !== undefined && /network \S+ not found/.test(refused.reason)) {
    await makeServingNetwork(engine, environment, UNABORTED);
    refused = await attempt(UNABORTED);
  }
  // What it is now says more: that it is there already, that it is gone, or that an earlier time went wrong half way.
  if (refused === undefined || BESIDE_THE_POINT.test(refused.reason)) return;
  const port = takenPort(refused.reason);
  throw port === undefined
    ? engineFault(what, refused.error)
    : await portTaken(engine, instance, port, refused.error);
}

const BESIDE_THE_POINT = /already exists in network|No such container|conflicts with existing route/i;

async function disconnect(
  engine: Engine,
  { id, name }: Instance,
  network: string,
  signal: AbortSignal,
): Promise<void> {
  const what = `disconnect ${name} from ${network}`;
  const refused = await askToTheEnd(what, signal, () =>
    engine.docker
      .getNetwork(network)
      .disconnect({ Container: id })
      .then(() => undefined, refusal),
  );
  // It is not on that network, or one of the two is gone.
  if (refused === undefined || /is not connected|not found|No such container/i.test(refused.reason)) return;
  throw engineFault(what, refused.error);
}

/** An engine's refusal; that there is no engine is none. */
function refusal(error: unknown): { readonly reason: string; readonly error: unknown } {
  const reason = reasonOf(error);
  if (reason === undefined) throw error;
  return { reason, error };
}
