import { Fault } from '../../core/fault.ts';

const VARIABLES = ['SOPS_EDITOR', 'VISUAL', 'EDITOR'];
const WORD = /(?:[^\s'"\\]|\\[\s\S]|'[^']*'|"(?:[^"\\]|\\[\s\S])*")+/g;
const PART = /\\([\s\S])|'([^']*)'|"((?:[^"\\]|\\[\s\S])*)"/g;

/** The user's editor with its arguments, as a shell would part them, but by no shell; `vi` when none is named. `USAGE` for an open quote. */
export function editorCommand(env: NodeJS.ProcessEnv): string[] {
  const variable = VARIABLES.find((name) => env[name]?.trim());
  if (variable === undefined) return ['vi'];
  const text = env[variable] ?? '';
  const words = text.match(WORD) ?? [];
  if (text.replace(WORD, '').trim() !== '' || words.length === 0) {
    throw new Fault('USAGE', `${variable} is no command: a quote in it is not closed`);
  }
  return words.map((word) =>
    word.replace(
      PART,
      (_, escaped?: string, single?: string, double?: string) =>
        escaped ?? single ?? (double ?? '').replace(/\\(["\\$`])/g, '$1'),
    ),
  );
}
