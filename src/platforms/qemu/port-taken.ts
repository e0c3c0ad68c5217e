import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import { Fault } from '../../core/fault.ts';
import type { Instance } from '../launcher.ts';
import type { PortForward } from './port-forwards.ts';
import { listInstances } from './read-instance.ts';

/** `PORT_TAKEN` with who has it, or why this user may not have it: QEMU says only that it could not bind it. */
export async function portTaken(
  home: string,
  instance: Instance,
  port: PortForward,
  cause: unknown,
  signal: AbortSignal,
): Promise<Fault> {
  const { hostPort } = port;
  const { name, template, environment } = instance;
  const elsewhere = `give ${template} another port in ${environment}`;
  const running = await listInstances(home, undefined, signal);
  const owner = running.find(
    ({ id, serving, publish }) => serving && id !== instance.id && has(publish, port),
  );
  const fault = (why: string, hint: string) =>
    new Fault('PORT_TAKEN', `port ${hostPort} cannot be bound for ${name}: ${why}`, { hint, cause });
  if (owner !== undefined)
    return fault(`the instance ${owner.name} has it`, `Stop that instance, or ${elsewhere}.`);
  const refusal = await tryToBind(port);
  if (refusal === 'EACCES') {
    return fault(
      'only root may have one below 1024',
      `Lower net.ipv4.ip_unprivileged_port_start by sysctl, or ${elsewhere}.`,
    );
  }
  if (refusal === 'EADDRNOTAVAIL')
    return fault(`this host has no address ${port.host}`, `Name one of its own, or ${elsewhere}.`);
  return fault(
    'a program of the host has it',
    `See which with \`ss -lntup 'sport = :${hostPort}'\` and end it, or ${elsewhere}.`,
  );
}

function has(publish: Instance['publish'], { hostPort, protocol }: PortForward): boolean {
  return publish.some((one) => one.hostPort === hostPort && one.protocol === protocol);
}

/** The error's code when this process binds a port for a moment. */
async function tryToBind({ host = '0.0.0.0', hostPort, protocol }: PortForward): Promise<string | undefined> {
  return await new Promise((resolve) => {
    const failed = ({ code }: NodeJS.ErrnoException) => resolve(code);
    if (protocol === 'tcp') {
      const server = createServer().on('error', failed);
      server.listen({ host, port: hostPort, exclusive: true }, () => server.close(() => resolve(undefined)));
    } else {
      const socket = createSocket('udp4').on('error', failed);
      socket.bind({ address: host, port: hostPort, exclusive: true }, () =>
        socket.close(() => resolve(undefined)),
      );
    }
  });
}
