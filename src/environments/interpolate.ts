import type { LookupContext } from './hierarchy.ts';

/** What `%{…}` may say; every one is also an option of `launch explain` that gives it. */
const VARIABLES = ['env', 'role', 'node'] as const;

/** One of them. */
export type Variable = (typeof VARIABLES)[number];

const TOKEN = /%\{([^}]*)(\}?)/g;
const PERCENT = /^literal\((?:'%'|"%")\)$/;

export interface Interpolated {
  readonly text: string;
  /** What could not be replaced, and what to do about it. */
  readonly problem?: { readonly message: string; readonly hint: string };
}

/**
 * Replaces `%{env}`, `%{role}`, `%{node}` and `%{literal('%')}` in a text; what they stand for is not looked at again.
 * Anything else is a problem, where Hiera would silently put nothing.
 */
export function interpolate(text: string, context: LookupContext): Interpolated {
  let problem: Interpolated['problem'];
  const replaced = text.replace(TOKEN, (token, expression: string, end: string) => {
    const word = expression.trim();
    if (end !== '' && PERCENT.test(word)) return '%';
    const value = end !== '' && isVariable(word) ? context[word] : undefined;
    if (value === undefined) problem ??= problemOf(token, word, end);
    return value ?? token;
  });
  return problem === undefined ? { text: replaced } : { text: replaced, problem };
}

/** Which variables a text asks for. */
export function variablesIn(text: string): Variable[] {
  return [...text.matchAll(TOKEN)].map(([, word = '']) => word.trim()).filter(isVariable);
}

function isVariable(word: string): word is Variable {
  return VARIABLES.some((variable) => variable === word);
}

function problemOf(token: string, word: string, end: string): { message: string; hint: string } {
  if (end === '')
    return { message: '`%{` is never closed', hint: "a text that has it is written `%{literal('%')}{`" };
  if (isVariable(word))
    return { message: `\`${token}\` has no value here`, hint: `say which: --${word} ${word.toUpperCase()}` };
  return {
    message: `\`${token}\` cannot be looked up`,
    hint: "only %{env}, %{role}, %{node} and %{literal('%')} can",
  };
}
