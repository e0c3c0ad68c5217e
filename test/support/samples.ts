import { cp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type BakeWorkspace, bakeWorkspace } from './bake-workspace.ts';
import { REPOSITORY } from './machine.ts';

/**
 * A workspace of this repository's own samples; `web` is called `test-web` in it. A `probe` takes the place of theirs,
 * for tests that wait for many instances.
 */
export async function sampleWorkspace(samples: readonly string[], probe?: string): Promise<BakeWorkspace> {
  const files = await Promise.all(
    samples.map(async (name) => {
      const text = await readFile(join(REPOSITORY, `templates/${name}.yaml`), 'utf8');
      const named = text.replace(/^name: .*$/m, `name: test-${name}`);
      const probed = probe === undefined ? named : named.replace(/^probe: .*$/m, `probe: ${probe}`);
      return [`templates/test-${name}.yaml`, probed] as const;
    }),
  );
  const workspace = await bakeWorkspace(Object.fromEntries(files));
  await cp(join(REPOSITORY, 'provisioners'), join(workspace.root, 'provisioners'), { recursive: true });
  return workspace;
}
