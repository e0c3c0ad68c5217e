import { Fault } from '../../core/fault.ts';
import type { Instance } from '../launcher.ts';
import type { Engine } from './engine.ts';

/** How engines say it: of another container's port, and of any program's. */
const TAKEN = [
  /Bind for \S*?:(\d+) failed: port is already allocated/,
  /listen (?:tcp|udp)[46]? \S*?:(\d+): bind: address already in use/,
];

/** The port of the host that an engine's refusal says is taken. */
export function takenPort(refusal: string): number | undefined {
  for (const pattern of TAKEN) {
    const port = pattern.exec(refusal)?.[1];
    if (port !== undefined) return Number(port);
  }
  return undefined;
}

/** `PORT_TAKEN` with who has it, where that is a container. */
export async function portTaken(
  engine: Engine,
  instance: Instance,
  port: number,
  cause: unknown,
): Promise<Fault> {
  const running = await engine.docker.listContainers().catch(() => []);
  const owner = running.find(({ Ports }) => Ports.some(({ PublicPort }) => PublicPort === port));
  const name = owner?.Names[0]?.replace(/^\//, '');
  const who = name === undefined ? 'a program of the host has it' : `the container ${name} has it`;
  return new Fault('PORT_TAKEN', `port ${port} cannot be bound for ${instance.name}: ${who}`, {
    hint:
      name === undefined
        ? `See which with \`ss -lntup 'sport = :${port}'\` and end it, or give ${instance.template} another port in ${instance.environment}.`
        : `Stop that container, or give ${instance.template} another port in ${instance.environment}.`,
    cause,
  });
}
