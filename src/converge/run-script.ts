import { shellJoin, shellQuote } from '../core/shell-quote.ts';
import type { Command, Provisioner } from './provisioner.ts';

/** A POSIX script that runs every step in order on the machine it is started on; exits with a failing step's code. */
export function runScript(provisioners: readonly Provisioner[]): string {
  return `#!/bin/sh
# Converges this machine with the steps of this bundle. Run as root.
set -eu
cd "$(dirname "$0")"
if [ "$(id -u)" -ne 0 ]; then
  echo 'run this as root' >&2
  exit 1
fi
need() {
  command -v "$1" >/dev/null && return
  printf '%s is missing: install %s\\n' "$1" "$2" >&2
  exit 1
}
say() {
  printf '%s\\n' "$1" >&2
}
${needs(provisioners).join('\n')}
${provisioners.map(stepScript).join('')}`;
}

function needs(provisioners: readonly Provisioner[]): string[] {
  return [...new Set(provisioners.map((each) => shellJoin(['need', each.program, each.package])))];
}

function stepScript(provisioner: Provisioner): string {
  const { step, guard, unproven } = provisioner;
  const title = shellJoin([
    'say',
    `== ${step}${unproven === undefined ? '' : ` (always changes: ${unproven})`}`,
  ]);
  if (guard === undefined) return `\n${title}\n${runLines(provisioner)}\n`;
  return `
${title}
if ${commandLine(guard.command)}; then
  ${shellJoin(['say', `nothing to do: ${guard.says}`])}
else
${runLines(provisioner)}
${commandLine(guard.command)} || { ${shellJoin(['say', `ran, but its guard still says that it has to run: ${guard.says}`])}; exit 1; }
fi
`;
}

function runLines({ prepare, run, succeeds, step }: Provisioner): string {
  const failed = `${shellJoin(['say', `failed: ${step}`])}; exit "$code"`;
  return [
    ...(prepare === undefined ? [] : [commandLine(prepare)]),
    'code=0',
    `${commandLine(run)} || code=$?`,
    `case $code in ${succeeds.join(' | ')}) ;; *) ${failed} ;; esac`,
  ].join('\n');
}

function commandLine({ argv, env }: Command): string {
  const assignments = Object.entries(env).map(([name, value]) => `${name}=${shellQuote(value)}`);
  return ['env', ...assignments, shellJoin(argv)].join(' ');
}
