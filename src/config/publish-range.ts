import { isIP } from 'node:net';
import { z } from 'zod';

/** Ports of the host, both ends included, of which each instance gets one; `port` is the instance's own. */
export interface PublishRange {
  /** The address of the host; all of them when it is left out. */
  readonly host?: string;
  readonly from: number;
  readonly to: number;
  readonly port: number;
  readonly protocol: 'tcp' | 'udp';
}

const RANGE =
  /^(?:(?:(\d{1,3}(?:\.\d{1,3}){3})|\[([0-9A-Fa-f:.]+)\]):)?(\d{1,5})(?:-(\d{1,5}))?:(\d{1,5})(?:\/(tcp|udp))?$/;
const FORM =
  'is not [ADDRESS:]PORT[-PORT]:PORT[/udp], with the ports of the host first: "8080:80", "8080-8081:80", "127.0.0.1:53:53/udp"';

/** A published port as docker writes it. */
export const publishRange = z
  .string()
  .regex(RANGE, FORM)
  .transform(parts)
  .superRefine(({ host, from, to, port }, context) => {
    const refuse = (message: string) => context.addIssue({ code: 'custom', message });
    if (host !== undefined && isIP(host) === 0) refuse(`has an address that is none: \`${host}\``);
    const wrong = [from, to, port].find((number) => number < 1 || number > 65_535);
    if (wrong !== undefined) refuse(`has the port ${wrong}; ports are 1 to 65535`);
    else if (to < from) refuse(`counts down, from ${from} to ${to}`);
  });

/** Whether two ranges want the same port of the same address. */
export function isOverlapping(a: PublishRange, b: PublishRange): boolean {
  return a.protocol === b.protocol && a.from <= b.to && b.from <= a.to && isSameAddress(a.host, b.host);
}

/** The first port that both want. */
export function sharedPort(a: PublishRange, b: PublishRange): number {
  return Math.max(a.from, b.from);
}

function isSameAddress(a: string | undefined, b: string | undefined): boolean {
  if (a === undefined || b === undefined) return true;
  if (isIP(a) !== isIP(b)) return false;
  const any = isIP(a) === 4 ? '0.0.0.0' : '::';
  return a === b || a === any || b === any;
}

function parts(text: string): PublishRange {
  const [, v4, v6, from, to = from, port, protocol] = RANGE.exec(text) ?? [];
  const host = v4 ?? (v6 === undefined ? undefined : shortened(v6));
  return {
    ...(host !== undefined && { host }),
    from: Number(from),
    to: Number(to),
    port: Number(port),
    protocol: protocol === 'udp' ? 'udp' : 'tcp',
  };
}

/** An IPv6 address in its one shortest form. */
function shortened(address: string): string {
  return isIP(address) === 6 ? new URL(`http://[${address}]`).hostname.slice(1, -1) : address;
}
