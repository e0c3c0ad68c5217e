import { join } from 'node:path';
import { Fault } from '../../core/fault.ts';
import { kilnHome } from '../../core/home.ts';
import { type EngineAddress, getFromEngine } from './engine-http.ts';

/** An engine that answered, as dockerode takes it, and by which way it was found. */
export type FoundEngine = {
  readonly how: 'DOCKER_HOST' | 'default socket' | 'private engine';
} & EngineAddress;

export interface EngineSearch {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly defaultSocket?: string;
  readonly signal?: AbortSignal;
}

/**
 * The engine to work with: `$DOCKER_HOST` and no other when it is set, else the default socket, else the private
 * engine under `$KILN_HOME`. Throws ENGINE_UNREACHABLE with what each of them said.
 */
export async function findEngine(search: EngineSearch = {}): Promise<FoundEngine> {
  const { env = process.env, defaultSocket = '/var/run/docker.sock', signal } = search;
  const host = env['DOCKER_HOST'];
  const candidates: FoundEngine[] = host
    ? [{ how: 'DOCKER_HOST', ...parseHost(host, env) }]
    : [
        { how: 'default socket', socketPath: defaultSocket },
        { how: 'private engine', socketPath: privateSocket(env) },
      ];
  const details: string[] = [];
  for (const engine of candidates) {
    try {
      await getFromEngine(engine, '/_ping', signal);
      return engine;
    } catch (error) {
      signal?.throwIfAborted();
      details.push(`${engine.how}, ${addressOf(engine)}: ${error instanceof Error ? error.message : error}`);
    }
  }
  const message = host ? `no container engine answers at DOCKER_HOST=${host}` : 'no container engine answers';
  const hint = host
    ? 'Start that engine, or unset DOCKER_HOST and run `make engine`.'
    : 'Run `make engine`: it starts a private one.';
  throw new Fault('ENGINE_UNREACHABLE', message, { hint, details });
}

/** Where the private engine listens, whether it runs or not. */
export function privateSocket(env: Readonly<Record<string, string | undefined>> = process.env): string {
  return join(kilnHome(env), 'engine', 'docker.sock');
}

/** `unix:///path` or `tcp://host:port`: the address in one word. */
export function addressOf(engine: EngineAddress): string {
  return 'socketPath' in engine ? `unix://${engine.socketPath}` : `tcp://${engine.host}:${engine.port}`;
}

function parseHost(host: string, env: Readonly<Record<string, string | undefined>>): EngineAddress {
  const unix = /^unix:\/\/(\/.+)$/.exec(host);
  if (unix?.[1]) return { socketPath: unix[1] };
  const tcp = /^(?:tcp|http):\/\/(?:\[([0-9a-fA-F:]+)\]|([^/:@\s]+))(?::(\d{1,5}))?\/?$/.exec(host);
  const name = tcp?.[1] ?? tcp?.[2];
  if (name !== undefined && !env['DOCKER_TLS_VERIFY']) {
    return { protocol: 'http', host: name, port: Number(tcp?.[3] ?? 2375) };
  }
  throw new Fault(
    'ENGINE_UNREACHABLE',
    `DOCKER_HOST=${host} is not a way to reach an engine that is known here`,
    {
      hint: 'Use unix:///path/to/docker.sock or tcp://host:port without TLS; forward a remote engine over ssh -L.',
    },
  );
}
