import type { Display, Output } from './display.ts';
import { jsonReporter } from './json-reporter.ts';
import { paintFor } from './paint.ts';
import { plainReporter } from './plain-reporter.ts';
import { redactedDisplay } from './redacted.ts';

/** What `--progress` takes. */
export const PROGRESS_KINDS = ['auto', 'tty', 'plain', 'json'] as const;
export type ProgressKind = (typeof PROGRESS_KINDS)[number];

/** What `auto` stands for here: live lines on a terminal that a person looks at, else plain ones. */
export function progressFor(
  kind: ProgressKind,
  output: Pick<Output, 'isTTY'>,
  env: NodeJS.ProcessEnv,
): Exclude<ProgressKind, 'auto'> {
  if (kind !== 'auto') return kind;
  const watched = output.isTTY === true && env['TERM'] !== 'dumb' && !isSet(env['CI']);
  return watched ? 'tty' : 'plain';
}

/** The display for `--progress KIND`, which shows no secret; the one for terminals is loaded only when it is chosen. */
export async function chooseReporter(
  kind: ProgressKind,
  output: NodeJS.WriteStream,
  env: NodeJS.ProcessEnv,
): Promise<Display> {
  return redactedDisplay(await openDisplay(kind, output, env));
}

async function openDisplay(
  kind: ProgressKind,
  output: NodeJS.WriteStream,
  env: NodeJS.ProcessEnv,
): Promise<Display> {
  const paint = paintFor(output, env);
  switch (progressFor(kind, output, env)) {
    case 'tty':
      return (await import('./tty-reporter.ts')).ttyReporter(output, paint);
    case 'plain':
      return plainReporter(output, paint);
    case 'json':
      return jsonReporter(output);
  }
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && !['', '0', 'false'].includes(value.toLowerCase());
}
