import { createHash } from 'node:crypto';
import { access } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { withCreationRule } from '../config/sops-add-rule.ts';
import type { SopsRule } from '../config/sops-metadata.ts';
import { creationRuleFor } from '../config/sops-rules.ts';
import { Fault } from '../core/fault.ts';
import { kilnHome } from '../core/home.ts';
import { withLock } from '../core/lock.ts';
import { writeNamedFile } from '../core/named-file.ts';
import { readBytes, type SecretsTarget } from './read-secrets.ts';
import { once, type Recipient, recipientOf } from './recipients.ts';

/** SOPS's name for the file that says whom other files are encrypted for. */
const CONFIG = '.sops.yaml';

/** What `.sops.yaml` says of one file. */
export interface RecipientRule {
  /** `.sops.yaml:3` */
  readonly where: string;
  readonly recipients: readonly Recipient[];
  /** Which values are encrypted; absent for SOPS's default. */
  readonly rule: SopsRule | undefined;
  /** Its place among the rules. */
  readonly index: number;
  /** It is for this one file. */
  readonly isOwn: boolean;
}

/**
 * The rule for a file in the nearest `.sops.yaml` above it; undefined when there is none. `CONFIG_INVALID` for one that
 * cannot be read, and for recipients that are not supported.
 */
export async function findRule(
  target: SecretsTarget,
  signal: AbortSignal,
): Promise<RecipientRule | undefined> {
  const config = await nearestConfig(target.file);
  if (config === undefined) return undefined;
  const bytes = await readBytes(config, signal);
  const path = relative(dirname(config), target.file);
  const found = bytes === undefined ? undefined : creationRuleFor(shownConfig(config, target), bytes, path);
  if (found === undefined) return undefined;
  const recipients = found.recipients.map(({ text, kind }) => {
    const recipient = recipientOf(text);
    const wrong =
      typeof recipient === 'string' ? recipient : recipient.kind === kind ? undefined : `is no ${kind} key`;
    if (typeof recipient === 'object' && wrong === undefined) return recipient;
    throw new Fault('CONFIG_INVALID', `${found.where}: the recipient ${text.slice(0, 80)} ${wrong}`);
  });
  const isOwn = found.pathRegex === ownRegex(path);
  return { where: found.where, recipients: once(recipients), rule: found.rule, index: found.index, isOwn };
}

/** The same, or `CONFIG_INVALID` when nothing says whom the file is for. */
export async function requireRule(target: SecretsTarget, signal: AbortSignal): Promise<RecipientRule> {
  const rule = await findRule(target, signal);
  if (rule !== undefined && rule.recipients.length > 0) return rule;
  const what =
    rule === undefined
      ? `no rule in a ${CONFIG} is for ${target.shown}`
      : `${rule.where}: the rule for ${target.shown} names no recipient`;
  throw new Fault('CONFIG_INVALID', what, {
    hint: `\`launch secrets init --env ${target.environment} --recipient age1…\` makes one.`,
  });
}

/**
 * Adds a rule for one file: into the nearest `.sops.yaml`, before the rule that was for it, or into a new one in
 * `folder`. Gives the file as people are shown it.
 */
export async function addRule(
  target: SecretsTarget,
  recipients: readonly Recipient[],
  { folder, before }: { readonly folder: string; readonly before?: number },
  signal: AbortSignal,
): Promise<string> {
  const config = (await nearestConfig(target.file)) ?? join(folder, CONFIG);
  const name = createHash('sha256').update(config).digest('hex').slice(0, 32);
  return await withLock(join(kilnHome(), 'secrets', `${name}.lock`), signal, async () => {
    const bytes = (await readBytes(config, signal)) ?? Buffer.alloc(0);
    const shown = shownConfig(config, target);
    const path = relative(dirname(config), target.file);
    const rule = {
      pathRegex: ownRegex(path),
      age: recipients.filter(({ kind }) => kind === 'age').map(({ id }) => id),
      pgp: recipients.filter(({ kind }) => kind === 'pgp').map(({ id }) => id),
    };
    const text = withCreationRule(shown, bytes, rule, before);
    if (creationRuleFor(shown, Buffer.from(text), path)?.pathRegex !== rule.pathRegex)
      throw new Error(`the new rule in ${config} is not the one for ${path}`);
    await writeNamedFile(config, text, `change of ${shown}`);
    return shown;
  });
}

async function nearestConfig(file: string): Promise<string | undefined> {
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    const config = join(folder, CONFIG);
    const isThere = await access(config).then(
      () => true,
      () => false,
    );
    if (isThere) return config;
    if (folder === dirname(folder)) return undefined;
  }
}

/** A path as the file of secrets is shown: relative to the same folder. */
function shownConfig(config: string, { file, shown }: SecretsTarget): string {
  const above = relative(dirname(config), dirname(file));
  const folder = dirname(shown);
  if (above === '') return join(folder, CONFIG);
  const root =
    folder === above ? '' : folder.endsWith(`/${above}`) ? folder.slice(0, -above.length) : undefined;
  return root === undefined ? config : join(root, basename(config));
}

/** A regular expression for one path alone. */
function ownRegex(path: string): string {
  return `^${path.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`;
}
