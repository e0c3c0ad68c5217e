import { addr } from './addr.ts';
import type { CommonCheck } from './checks.ts';
import { command } from './command.ts';
import { dns } from './dns.ts';
import { file } from './file.ts';
import { group } from './group.ts';
import { http } from './http.ts';
import { networkInterface } from './interface.ts';
import { kernelParam } from './kernel-param.ts';
import type { Kind } from './kind.ts';
import { matching } from './matching.ts';
import { mount } from './mount.ts';
import { packages } from './package.ts';
import { port } from './port.ts';
import { process } from './process.ts';
import { service } from './service.ts';
import { user } from './user.ts';

/** Every kind of check there is, in the order they are reported. A kind is only ever given checks of its own. */
export const KINDS = [
  service,
  port,
  addr,
  http,
  process,
  command,
  file,
  packages,
  user,
  group,
  dns,
  networkInterface,
  kernelParam,
  mount,
  matching,
] as unknown as readonly Kind<CommonCheck>[];
