import { shellQuote } from '../core/shell-quote.ts';
import type { CommandCheck } from './checks.ts';
import { isCut } from './gather-program.ts';
import { type Actual, fromRecord, type Kind } from './kind.ts';
import { seconds } from './seconds.ts';

/** goss's. */
const DEFAULT_TIMEOUT_MS = 10_000;

const TAIL_LINES = 15;

/** A shell command's status and output. */
export const command: Kind<CommandCheck> = {
  name: 'command',
  attributes: { 'exit-status': 'value', stdout: 'lines', stderr: 'lines' },
  works: 'exit-status',
  required: 'exit-status',
  subject: (id, check) => check.exec ?? id,
  ask: (entries) =>
    entries.map(({ key, subject, check }) => ({
      key,
      script: `exec sh -c ${shellQuote(subject)}`,
      limit: check.timeout || DEFAULT_TIMEOUT_MS,
    })),
  see(entry, facts) {
    const exit = facts.get(`${entry.key}.exit`);
    const stdout = facts.get(`${entry.key}.out`) ?? '';
    const stderr = facts.get(`${entry.key}.err`) ?? '';
    const sighting = fromRecord({
      'exit-status': statusOf(exit, entry.check.timeout || DEFAULT_TIMEOUT_MS),
      stdout: output(exit, stdout),
      stderr: output(exit, stderr),
    });
    return { ...sighting, evidence: [...tail('stdout', stdout), ...tail('stderr', stderr)] };
  },
};

function statusOf(exit: string | undefined, timeout: number): Actual {
  if (exit === 'late') return { unknown: `still running after ${seconds(timeout)}` };
  return exit === undefined ? { unknown: 'it was not run' } : { value: Number(exit) };
}

function output(exit: string | undefined, text: string): Actual {
  if (exit === undefined || exit === 'late') return { unknown: 'it did not end' };
  return isCut(text) ? { unknown: 'longer than 4 MiB, and so not judged' } : { value: text };
}

function tail(name: string, text: string): string[] {
  const lines = text.trimEnd().split('\n').slice(-TAIL_LINES);
  return text.trim() === '' ? [] : lines.map((line) => `${name}: ${line.slice(0, 500)}`);
}
