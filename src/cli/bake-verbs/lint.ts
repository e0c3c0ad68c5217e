import { lintWorkspace } from '../../app/lint.ts';
import type { Answer, VerbContext } from '../answer.ts';

/** `bake lint`: every error of every file at once, or how many files are good. */
export async function lint({ workspace, signal }: VerbContext): Promise<Answer> {
  const linted = await lintWorkspace(workspace, signal);
  const { templates, bases, environments } = linted;
  const counts = [
    counted(templates.length, 'template'),
    counted(bases.length, 'base'),
    counted(environments.length, 'environment'),
  ];
  return { lines: [`✔ ${counts.join(', ')}: no error`], json: linted };
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
