import type { CommonCheck } from './checks.ts';
import { command } from './command.ts';
import { file } from './file.ts';
import { group } from './group.ts';
import { http } from './http.ts';
import type { Kind } from './kind.ts';
import { packages } from './package.ts';
import { port } from './port.ts';
import { process } from './process.ts';
import { service } from './service.ts';
import { user } from './user.ts';

/** Every kind of check there is, in the order they are reported. A kind is only ever given checks of its own. */
export const KINDS = [
  service,
  port,
  http,
  process,
  command,
  file,
  packages,
  user,
  group,
] as unknown as readonly Kind<CommonCheck>[];
