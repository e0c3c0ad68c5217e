import { inWorkspace, shorten } from './message.ts';
import { asArgument, ENVIRONMENT, type Guard, type Outcome, type Provisioner } from './provisioner.ts';
import type { ResourceResult } from './result.ts';
import type { ShellSettings, ShellStep } from './step.ts';

/** A shell step: one script under `sh -eu`, proven by its own guard or declared as one that always changes. */
export function shell({ shell: settings, timeout }: ShellStep): Provisioner {
  const guard = guardOf(settings);
  const unproven = settings['always-changes'];
  return {
    step: `shell ${settings.script}`,
    tool: 'shell',
    program: 'sh',
    package: 'dash',
    paths: [settings.script],
    generated: [],
    ...(guard === undefined ? {} : { guard }),
    run: { argv: ['sh', '-eu', asArgument(settings.script)], env: ENVIRONMENT },
    succeeds: [0],
    version: { argv: ['sh', '-c', WHICH_SHELL], env: {} },
    ...(unproven === undefined ? {} : { unproven }),
    timeout,
    read: (outcome) => ({ version: undefined, resources: [resultOf(outcome, settings.script)] }),
  };
}

/** `dash 0.5.12-2`; the name alone where there is no dpkg. */
const WHICH_SHELL =
  // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query's own field
  'name=$(basename "$(readlink -f "$(command -v sh)")"); echo "$name" $(dpkg-query -W -f \'${Version}\' "$name" 2>/dev/null)';

function guardOf({ creates, unless }: ShellSettings): Guard | undefined {
  if (creates !== undefined) {
    return { command: { argv: ['test', '-e', creates], env: ENVIRONMENT }, says: `creates ${creates}` };
  }
  if (unless !== undefined) {
    return { command: { argv: ['sh', '-c', unless], env: ENVIRONMENT }, says: `unless ${unless}` };
  }
  return undefined;
}

function resultOf({ exitCode, stderr, bundle }: Outcome, script: string): ResourceResult {
  if (exitCode === 0) return { resource: script, state: 'changed', file: script };
  const last = stderr.trimEnd().split('\n').at(-1) ?? '';
  const line = lineIn(last, asArgument(script));
  return {
    resource: script,
    state: 'failed',
    file: script,
    ...(line === undefined ? {} : { line }),
    message: shorten(`exit code ${exitCode}${last === '' ? '' : `: ${inWorkspace(last, bundle)}`}`),
  };
}

/** The shell's own errors begin with `SCRIPT: LINE: `. */
function lineIn(message: string, script: string): number | undefined {
  if (!message.startsWith(`${script}: `)) return undefined;
  const number = /^(?:line )?(\d+): /.exec(message.slice(script.length + 2));
  return number === null ? undefined : Number(number[1]);
}
