import { inWorkspace, parseJson, shorten, withoutBundle } from './message.ts';
import type { Outcome, Reading } from './provisioner.ts';
import type { ResourceResult } from './result.ts';

interface Report {
  readonly puppet_version: string;
  readonly resource_statuses: Readonly<Record<string, Status>>;
  readonly logs: readonly { readonly source: string; readonly message: string }[];
}

interface Status {
  readonly resource: string;
  readonly file: string | null;
  readonly line: number | null;
  readonly failed: boolean;
  readonly failed_to_restart: boolean;
  readonly changed: boolean;
  readonly skipped: boolean;
  readonly out_of_sync: boolean;
  readonly events: readonly { readonly message: string; readonly status: string }[];
}

/**
 * Reads Puppet's JSON report (format 12, Puppet 7). A catalog that does not compile has none, and one that cannot
 * be applied names no resource: then the errors of the output are the result, with their own positions.
 */
export function readPuppetReport(outcome: Outcome, manifest: string): Reading {
  const report = parseJson(outcome.report) as Report | undefined;
  const resources = Object.values(report?.resource_statuses ?? {})
    .filter((status) => status.file !== null || status.changed || status.failed)
    .map((status) => resultOf(status, outputOf(status, report?.logs ?? []), outcome.bundle));
  const succeeded = outcome.exitCode === 0 || outcome.exitCode === 2;
  const unnamed = succeeded || resources.some(({ state }) => state === 'failed');
  return {
    version: report?.puppet_version,
    resources: unnamed ? resources : [...resources, ...errorsOf(outcome, manifest)],
  };
}

/** What a failed exec printed: its event says only with which code it ended. */
function outputOf({ failed, resource }: Status, logs: Report['logs']): string[] {
  if (!failed) return [];
  const own = logs.filter(({ source }) => source.endsWith(`/${resource}/returns`));
  return own.map(({ message }) => message).filter((message) => !message.startsWith('change from '));
}

function resultOf(status: Status, output: readonly string[], bundle: string): ResourceResult {
  const events = status.events.filter((event) => event.status !== 'audit');
  const message = [events.map((event) => event.message.trimEnd()).join('; '), ...output].join('\n').trim();
  return {
    resource: status.resource,
    state: stateOf(status),
    ...(status.file === null ? {} : { file: inWorkspace(status.file, bundle) }),
    ...(status.line === null ? {} : { line: status.line }),
    ...(message === '' ? {} : { message: shorten(withoutBundle(message, bundle)) }),
  };
}

/** Out of sync and neither changed nor failed is `noop => true`: the manifest says to leave it. */
function stateOf(status: Status): ResourceResult['state'] {
  if (status.failed || status.failed_to_restart) return 'failed';
  if (status.changed) return 'changed';
  return status.skipped || status.out_of_sync ? 'skipped' : 'unchanged';
}

function errorsOf(outcome: Outcome, manifest: string): ResourceResult[] {
  const errors = [...outcome.stderr.matchAll(/^Error: (.*(?:\n(?!\w+: ).*)*)/gm)].map(
    ([, text]) => text ?? '',
  );
  return errors.map((text) => {
    const place = /\(file: (.+?), line: (\d+)(?:, column: (\d+))?\)/.exec(text);
    const column = place?.[3] === undefined ? '' : `(column ${place[3]})`;
    const message = text
      .replace(/ on node \S+\s*$/, '')
      .replace(place?.[0] ?? '', column)
      .trimEnd();
    return {
      resource: manifest,
      state: 'failed',
      file: place?.[1] === undefined ? manifest : inWorkspace(place[1], outcome.bundle),
      ...(place === null ? {} : { line: Number(place[2]) }),
      message: shorten(withoutBundle(message, outcome.bundle)),
    };
  });
}
