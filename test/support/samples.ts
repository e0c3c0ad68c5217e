import { cp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type BakeWorkspace, bakeWorkspace } from './bake-workspace.ts';
import { REPOSITORY } from './machine.ts';

/** A workspace of this repository's own samples; `web` is called `test-web` in it. */
export async function sampleWorkspace(samples: readonly string[]): Promise<BakeWorkspace> {
  const files = await Promise.all(
    samples.map(async (name) => {
      const text = await readFile(join(REPOSITORY, `templates/${name}.yaml`), 'utf8');
      return [`templates/test-${name}.yaml`, text.replace(/^name: .*$/m, `name: test-${name}`)] as const;
    }),
  );
  const workspace = await bakeWorkspace(Object.fromEntries(files));
  await cp(join(REPOSITORY, 'provisioners'), join(workspace.root, 'provisioners'), { recursive: true });
  return workspace;
}
