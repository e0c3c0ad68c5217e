/** A published port as it is shown. */
export interface PortView {
  readonly host?: string;
  readonly hostPort: number;
  readonly port: number;
  readonly protocol: string;
}

/** `8083→8080, 127.0.0.1:5353→53/udp`; empty when there is none. */
export function portsText(ports: readonly PortView[]): string {
  return ports
    .map(({ host, hostPort, port, protocol }) => {
      const from =
        host === undefined ? `${hostPort}` : `${host.includes(':') ? `[${host}]` : host}:${hostPort}`;
      return `${from}→${port}${protocol === 'tcp' ? '' : `/${protocol}`}`;
    })
    .join(', ');
}
