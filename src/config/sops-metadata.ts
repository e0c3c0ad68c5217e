import { z } from 'zod';

/** One recipient's part: the data key, encrypted for it, as armoured text. */
export interface SopsStanza {
  readonly kind: 'age' | 'pgp';
  /** An age public key, or an OpenPGP fingerprint. */
  readonly id: string;
  readonly enc: string;
  /** Of OpenPGP, an ISO time. */
  readonly created?: string;
}

/** What says which values are encrypted; SOPS takes one of them, and the default suffix when there is none. */
export const RULE_KEYS = [
  'unencrypted_suffix',
  'encrypted_suffix',
  'unencrypted_regex',
  'encrypted_regex',
  'unencrypted_comment_regex',
  'encrypted_comment_regex',
] as const;

/** Which values are encrypted. */
export interface SopsRule {
  readonly key: (typeof RULE_KEYS)[number];
  readonly text: string;
}

/** What holds unless a file says otherwise. */
export const DEFAULT_RULE: SopsRule = { key: 'unencrypted_suffix', text: '_unencrypted' };

/** Recipients that only a service in a cloud can decrypt for. */
export const SERVICE_KEYS = ['kms', 'gcp_kms', 'hckms', 'azure_kv', 'hc_vault'] as const;

const text = z.string();
const others = z.array(z.unknown()).nullable().exactOptional();

/** The block `sops:` of a file. */
export const metadataSchema = z.strictObject({
  age: z
    .array(z.strictObject({ recipient: text, enc: text }))
    .nullable()
    .exactOptional(),
  pgp: z
    .array(z.strictObject({ fp: text, enc: text, created_at: text.exactOptional() }))
    .nullable()
    .exactOptional(),
  kms: others,
  gcp_kms: others,
  hckms: others,
  azure_kv: others,
  hc_vault: others,
  key_groups: others,
  shamir_threshold: z.unknown().exactOptional(),
  lastmodified: text.regex(
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:Z|[+-]\d\d:\d\d)$/,
    'is not a time as in 2026-11-24T14:00:00Z',
  ),
  mac: text,
  mac_only_encrypted: text.nullable().exactOptional(),
  version: text.exactOptional(),
  unencrypted_suffix: text.exactOptional(),
  encrypted_suffix: text.exactOptional(),
  unencrypted_regex: text.exactOptional(),
  encrypted_regex: text.exactOptional(),
  unencrypted_comment_regex: text.exactOptional(),
  encrypted_comment_regex: text.exactOptional(),
});

/** The same as it is read. */
export interface SopsMetadata {
  readonly stanzas: readonly SopsStanza[];
  /** The kinds of recipients that are there beside age and pgp. */
  readonly services: readonly string[];
  readonly hasKeyGroups: boolean;
  readonly rules: readonly SopsRule[];
  readonly macOnlyEncrypted: boolean;
  readonly lastModified: string;
  readonly mac: string;
  readonly version: string;
}

/** The SOPS whose rules these are; it wants to know that of a file. */
export const VERSION = '3.13.3';

/** Brings a block that its schema accepts into our form. */
export function metadataOf(
  block: Readonly<Record<string, unknown>> & z.infer<typeof metadataSchema>,
): SopsMetadata {
  const rules = RULE_KEYS.flatMap((key) => {
    const rule = block[key];
    return rule === undefined || rule === '' ? [] : [{ key, text: rule }];
  });
  return {
    stanzas: [
      ...(block.age ?? []).map(({ recipient, enc }) => ({ kind: 'age' as const, id: recipient, enc })),
      ...(block.pgp ?? []).map(({ fp, enc, created_at }) => ({
        kind: 'pgp' as const,
        id: fp,
        enc,
        ...(created_at === undefined ? {} : { created: created_at }),
      })),
    ],
    services: SERVICE_KEYS.filter((key) => isFilled(block[key])),
    hasKeyGroups: isFilled(block.key_groups),
    rules: rules.length === 0 ? [DEFAULT_RULE] : rules,
    macOnlyEncrypted: ![undefined, null, 'false'].includes(block.mac_only_encrypted),
    // What Go makes of it, and what the MAC is bound to.
    lastModified: block.lastmodified.replace(/[+-]00:00$/, 'Z'),
    mac: block.mac,
    version: block.version ?? VERSION,
  };
}

function isFilled(list: unknown): boolean {
  return Array.isArray(list) && list.length > 0;
}
