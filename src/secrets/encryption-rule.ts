import type { SopsMetadata, SopsRule } from '../config/sops-metadata.ts';
import { goRegExp } from '../core/go-regexp.ts';

/** Says of a path, without indexes, whether what is there is encrypted. */
export type IsEncryptedAt = (keys: readonly string[]) => boolean;

/** A file's rule as a function, or what is wrong with it, to be said after the file's name. */
export function encryptionRule(rules: SopsMetadata['rules']): IsEncryptedAt | string {
  const [rule, ...others] = rules;
  if (rule === undefined || others.length > 0) {
    return `has more than one of ${rules.map(({ key }) => key).join(', ')}; SOPS takes one`;
  }
  try {
    return ruleOf(rule);
  } catch (error) {
    return `has a ${rule.key} that is not supported: ${(error as Error).message}`;
  }
}

function ruleOf({ key, text }: SopsRule): IsEncryptedAt {
  switch (key) {
    case 'unencrypted_suffix':
      return (keys) => !keys.some((name) => name.endsWith(text));
    case 'encrypted_suffix':
      return (keys) => keys.some((name) => name.endsWith(text));
    case 'unencrypted_regex': {
      const pattern = goRegExp(text);
      return (keys) => !keys.some((name) => pattern.test(name));
    }
    case 'encrypted_regex': {
      const pattern = goRegExp(text);
      return (keys) => keys.some((name) => pattern.test(name));
    }
    default:
      throw new Error('comments do not say here what is encrypted');
  }
}
