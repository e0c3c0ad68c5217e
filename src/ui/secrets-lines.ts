import { formatBytes } from './bytes.ts';
import { cleanLine } from './clean-line.ts';
import { formatTable } from './table.ts';

/** A file of secrets as `launch secrets show` lists it. */
export interface SecretsView {
  readonly environment: string;
  readonly file: string;
  readonly revision: number | null;
  readonly recipients: readonly string[];
  readonly secrets: readonly {
    readonly name: string;
    readonly type: string;
    readonly bytes: number;
    readonly encrypted: boolean;
  }[];
}

const TYPES: Readonly<Record<string, string>> = {
  str: 'text',
  int: 'integer',
  float: 'number',
  bool: 'boolean',
};

/** Names, types and sizes; never a value. */
export function secretsLines({ environment, file, revision, recipients, secrets }: SecretsView): string[] {
  const rows = secrets.map(({ name, type, bytes, encrypted }) => [
    cleanLine(name),
    `${TYPES[type] ?? type}${encrypted ? '' : ', not encrypted'}`,
    formatBytes(bytes),
  ]);
  const state =
    revision === null
      ? `${file} is not bound to an environment: launch secrets init --env ${environment} binds it`
      : `${file}, revision ${revision}, for ${recipients.length === 1 ? '1 recipient' : `${recipients.length} recipients`}`;
  return [
    ...(rows.length === 0
      ? [`${environment} has no secret yet: launch secrets set NAME --env ${environment}`]
      : formatTable(['NAME', 'TYPE', 'SIZE'], rows, ['left', 'left', 'right'])),
    cleanLine(state),
  ];
}

/** What came of `launch secrets init`. */
export interface InitView {
  readonly environment: string;
  readonly file: string;
  readonly state: 'created' | 'bound' | 'there';
  readonly revision: number;
  readonly recipients: readonly string[];
  readonly rule?: string;
  readonly identity?: { readonly file: string; readonly recipient: string };
  readonly locked: boolean;
}

/** What was made, what was there already, and what to do next. */
export function initLines({
  environment,
  file,
  state,
  revision,
  recipients,
  rule,
  identity,
  locked,
}: InitView): string[] {
  const done = {
    created: `✔ made ${file}, bound to ${environment}`,
    bound: `✔ bound ${file} to ${environment}, revision ${revision}`,
    there: `✔ ${file} is bound to ${environment} already, revision ${revision}`,
  };
  return [
    ...(identity === undefined
      ? []
      : [
          `✔ made an age identity in ${identity.file}; its public key is ${identity.recipient}`,
          '  back that file up where nobody else can read it: without it these secrets cannot be opened',
        ]),
    ...(rule === undefined ? [] : [`✔ added a rule to ${rule}`]),
    done[state],
    ...recipients.map((recipient) => `  for ${recipient}`),
    ...(locked ? ['  none of your identities is among them: you cannot open it yourself'] : []),
    ...(state === 'there' ? [] : [`  next: launch secrets set NAME --env ${environment}`]),
  ].map(cleanLine);
}

/** What came of `launch secrets updatekeys`. */
export interface UpdatedKeysView {
  readonly file: string;
  readonly revision: number;
  readonly changed: boolean;
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly resealed: boolean;
}

/** Who was added and removed, and what removing somebody does not do. */
export function updatedKeysLines({
  file,
  revision,
  changed,
  added,
  removed,
  resealed,
}: UpdatedKeysView): string[] {
  if (!changed) return [`✔ ${file} is for the recipients of .sops.yaml already`];
  return [
    `✔ ${file}, revision ${revision}`,
    ...added.map((id) => `  + ${id}`),
    ...removed.map((id) => `  - ${id}`),
    ...(resealed ? ['  it had been changed without its seal: look at `git diff` before you commit it'] : []),
    ...(removed.length === 0
      ? []
      : [
          '  all values are encrypted with a new data key',
          '  change the secrets themselves too: who was removed can still read the old ones in git’s history',
        ]),
  ].map(cleanLine);
}

/** What came of `launch secrets push`. */
export interface PushedView {
  readonly environment: string;
  readonly region: string;
  readonly path: string;
  readonly created: readonly string[];
  readonly updated: readonly string[];
  readonly unchanged: readonly string[];
  readonly left: readonly string[];
  readonly removed: readonly string[];
}

/** What was written by name, and what is there that should not be. */
export function pushedLines(pushed: PushedView): string[] {
  const { environment, region, path, created, updated, unchanged, left, removed } = pushed;
  const changed = created.length + updated.length + removed.length;
  const same = unchanged.length === 1 ? '1 secret was' : `${unchanged.length} secrets were`;
  return [
    changed === 0
      ? `✔ ${path} in ${region} has the secrets of ${environment} already`
      : `✔ ${path} in ${region} has the secrets of ${environment}`,
    ...created.map((name) => `  + ${name}`),
    ...updated.map((name) => `  ~ ${name}`),
    ...removed.map((name) => `  - ${name}`),
    ...(changed === 0 || unchanged.length === 0 ? [] : [`  ${same} the same`]),
    ...left.map((name) => `  ! ${name} is no secret of ${environment}: --prune removes what was pushed once`),
  ].map(cleanLine);
}
