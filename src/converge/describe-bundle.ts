import type { GeneratedFile, Provisioner } from './provisioner.ts';
import { runScript } from './run-script.ts';
import type { Step } from './step.ts';

/** What a bundle says of itself: a README, the steps as JSON, and a script that runs them by hand. */
export function describeBundle(
  steps: readonly Step[],
  provisioners: readonly Provisioner[],
): GeneratedFile[] {
  return [
    { path: 'README.md', text: readme(provisioners) },
    { path: 'kiln-bundle.json', text: `${JSON.stringify({ format: 1, steps }, null, 2)}\n` },
    { path: 'run.sh', text: runScript(provisioners) },
  ];
}

function readme(provisioners: readonly Provisioner[]): string {
  const needs = [...new Map(provisioners.map((each) => [each.program, each.package])).entries()];
  return `# A Kiln bundle

Everything that converges one kind of machine: no server is asked for anything. Packages that the steps install
still come from the machine's own package sources.

Run it by hand, as root, on the machine that is to be converged:

    mkdir -p /run/kiln/bundle && tar -xf BUNDLE.tar -C /run/kiln/bundle
    sh /run/kiln/bundle/run.sh

The steps are in \`kiln-bundle.json\`; \`run.sh\` runs the same command lines as a bake. It stops at the first
step that fails and exits with that step's code. Reports and state are in \`/run/kiln/work\`.

It needs:

${needs.map(([program, name]) => `- \`${program}\` (Debian package ${name})`).join('\n')}
`;
}
