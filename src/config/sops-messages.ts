import type { YAMLError } from 'yaml';
import type { Problem } from './problem.ts';

/** In our own words: those of the parser can quote what is written there. */
export function syntaxMessage({ code }: YAMLError): string {
  switch (code) {
    case 'DUPLICATE_KEY':
      return 'this key is there twice';
    case 'TAG_RESOLVE_FAILED':
      return 'an anchor or a tag stands here';
    case 'BAD_ALIAS':
      return 'an alias stands here';
    case 'MULTIPLE_DOCS':
      return 'a second document starts here';
    case 'TAB_AS_INDENT':
      return 'a tab indents this line';
    case 'BAD_INDENT':
      return 'not valid YAML: the indentation does not fit';
    case 'MISSING_CHAR':
      return 'not valid YAML: a character is missing, perhaps a quote, a bracket or a colon';
    default:
      return `not valid YAML (${code.toLowerCase().replaceAll('_', ' ')})`;
  }
}

/** Never the value itself: somebody may have written a secret where it does not belong. */
export function wrongIn({ code, message }: Problem): string {
  if (code === 'missing-key' || code === 'unknown-key') return message;
  return `${/^(?:the file|`[^`]*`)/.exec(message)?.[0].replace('the file', 'what stands there') ?? 'a value'} is not as SOPS writes it`;
}
