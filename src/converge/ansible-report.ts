import { inWorkspace, parseJson, shorten, withoutBundle } from './message.ts';
import type { Outcome, Reading } from './provisioner.ts';
import type { ResourceResult } from './result.ts';

interface TaskLine {
  readonly task: string;
  readonly path: string;
  readonly line: number | null;
  readonly state: 'ok' | 'failed' | 'ignored' | 'skipped' | 'unreachable';
  readonly changed: boolean;
  readonly message: string;
}

/**
 * Reads the lines of our callback plugin. A playbook that cannot be parsed or found runs no task: then Ansible's
 * error is the result, with its position; and so is a playbook that matched no host, which exits with 0.
 */
export function readAnsibleReport(outcome: Outcome, playbook: string): Reading {
  const lines = outcome.report.split('\n').map(parseJson);
  const [first, ...tasks] = lines.filter((line) => line !== undefined);
  const resources = tasks.map((task) => resultOf(task as TaskLine, outcome));
  const version = (first as { version: string } | undefined)?.version;
  if (resources.some(({ state }) => state === 'failed')) return { version, resources };
  if (outcome.exitCode !== 0) return { version, resources: [...resources, errorOf(outcome, playbook)] };
  return { version, resources: resources.length === 0 ? [nothingRan(playbook)] : resources };
}

function resultOf(task: TaskLine, outcome: Outcome): ResourceResult {
  const state = stateOf(task, outcome.exitCode);
  const forgiven = state !== 'failed' && (task.state === 'failed' || task.state === 'ignored');
  const message = withoutBundle(
    forgiven ? `failed, and the playbook goes on: ${task.message}` : task.message,
    outcome.bundle,
  );
  return {
    resource: task.task,
    state,
    ...(task.path === '' ? {} : { file: inWorkspace(task.path, outcome.bundle) }),
    ...(task.line === null ? {} : { line: task.line }),
    ...(message === '' ? {} : { message: shorten(message) }),
  };
}

/** With exit code 0 a failed task was rescued; it counts by whether it changed something, as an ignored one does. */
function stateOf(task: TaskLine, exitCode: number): ResourceResult['state'] {
  if (task.state === 'unreachable' || (task.state === 'failed' && exitCode !== 0)) return 'failed';
  if (task.changed) return 'changed';
  return task.state === 'skipped' ? 'skipped' : 'unchanged';
}

function errorOf({ stdout, stderr, exitCode, bundle }: Outcome, playbook: string): ResourceResult {
  const output = `${stderr}\n${stdout}`;
  const text = /^ERROR! ([\s\S]*?)(?:\n\n(?:The (?:error appears|offending)|$)|$(?![\s\S]))/m.exec(
    output,
  )?.[1];
  const place = /The error appears to be in '(.+?)': line (\d+), column (\d+)/.exec(output);
  const message = text?.trim() ?? `ansible-playbook exited with ${exitCode}`;
  return {
    resource: playbook,
    state: 'failed',
    file: place?.[1] === undefined ? playbook : inWorkspace(place[1], bundle),
    ...(place === null ? {} : { line: Number(place[2]) }),
    message: shorten(withoutBundle(place === null ? message : `${message} (column ${place[3]})`, bundle)),
  };
}

function nothingRan(playbook: string): ResourceResult {
  const message = 'no task was run: the machine is the host localhost, so say `hosts: all`';
  return { resource: playbook, state: 'failed', file: playbook, message };
}
