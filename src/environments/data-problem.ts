import { Fault } from '../core/fault.ts';
import type { Position } from './hierarchy.ts';

/** A place in a file of data or in `hiera.yaml`. */
export interface Place extends Position {
  /** As people are shown it. */
  readonly file: string;
}

/** One thing that is wrong in an environment's data. */
export interface DataProblem extends Place {
  readonly message: string;
  readonly hint?: string;
}

/** `environments/prod/data.yaml:3:10` */
export function placeText({ file, line, column }: Place): string {
  return `${file}:${line}:${column}`;
}

/** Each problem once, by file and position. */
export function problemsInOrder(problems: readonly DataProblem[]): DataProblem[] {
  const once = new Map(problems.map((problem) => [`${placeText(problem)}\0${problem.message}`, problem]));
  return [...once.values()].sort((a, b) => compare(a.file, b.file) || a.line - b.line || a.column - b.column);
}

/** `DATA_INVALID` with every problem in its details, `file:line:column  message`; nothing when there is none. */
export function dataFault(problems: readonly DataProblem[], what: string): Fault | undefined {
  const all = problemsInOrder(problems);
  if (all.length === 0) return undefined;
  const count = all.length === 1 ? '1 problem' : `${all.length} problems`;
  return new Fault('DATA_INVALID', `${count} in the data of ${what}`, {
    details: all.flatMap(({ message, hint, ...place }) => [
      `${placeText(place)}  ${message}`,
      ...(hint === undefined ? [] : [`      | ${hint}`]),
    ]),
  });
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
