import { suggestion } from '../../config/nearest.ts';
import { short } from '../../config/printable.ts';
import { capitalized } from '../../core/capitalized.ts';
import { Fault } from '../../core/fault.ts';
import type { LookupContext } from '../../environments/hierarchy.ts';
import { variablesOf } from '../../environments/read-levels.ts';
import { nodeOf } from './node.ts';
import type { OpenedEnvironment } from './open-environment.ts';

/** Roles and nodes become parts of paths. */
const NAME = /^[a-z0-9][a-z0-9_-]*$/;

/** An environment, as far as it matters who asks for its data. */
export type Asked = Pick<OpenedEnvironment, 'name' | 'config' | 'hierarchy'>;

/**
 * Who asks for a value: what was said, and the rest from the environment's images. Nobody in particular, when there
 * are several roles and no path of the hierarchy depends on them; else `USAGE` with the roles to choose from.
 */
export function askerOf(
  environment: Asked,
  said: { readonly role?: string; readonly node?: string },
): LookupContext {
  const env = environment.name;
  for (const [option, name] of Object.entries(said))
    if (!NAME.test(name)) throw new Fault('USAGE', `\`${short(name)}\` cannot be a ${option}`);
  const images = Object.entries(environment.config.images).map(([template, image]) => ({
    template,
    role: image.role ?? template,
  }));
  const roles = [...new Set(images.map(({ role }) => role))];
  const own =
    said.node === undefined ? undefined : images.find(({ template }) => isNodeOf(template, said.node));
  const role = said.role ?? own?.role ?? (roles.length === 1 ? roles[0] : undefined);
  if (role === undefined) {
    const variables = variablesOf(environment.hierarchy);
    if (variables.has('role') || (variables.has('node') && said.node === undefined))
      throw whichRole(env, roles);
    return { env, ...said };
  }
  if (roles.length > 0 && !roles.includes(role)) {
    const hint = suggestion(role, roles, 'its roles are') ?? '';
    throw new Fault('USAGE', `${env} has no image of the role \`${role}\``, { hint: capitalized(hint) });
  }
  const image = images.find((one) => one.role === role);
  const node = said.node ?? (image === undefined ? undefined : nodeOf({ template: image.template, slot: 1 }));
  return node === undefined ? { env, role } : { env, role, node };
}

function isNodeOf(template: string, node: string | undefined): boolean {
  return node?.replace(/-\d+$/, '') === template;
}

function whichRole(env: string, roles: readonly string[]): Fault {
  if (roles.length === 0) {
    const hint = 'Say who: --role ROLE.';
    return new Fault('USAGE', `${env} has no images, and its data depends on who asks`, { hint });
  }
  return new Fault('USAGE', `the data of ${env} depends on the role that asks: ${roles.join(', ')}`, {
    hint: `Say which: --role ${roles[0]}.`,
  });
}
