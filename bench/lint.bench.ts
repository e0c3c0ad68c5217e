import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inTurn, report } from './measure.ts';

/** How long `bake lint` takes for 200 copies of the sample web, the program's start included. Run after `make build`. */
const TEMPLATES = 200;
const project = join(import.meta.dirname, '..');
const workspace = await mkdtemp(join(tmpdir(), 'kiln-bench-'));
try {
  await mkdir(join(workspace, 'templates'), { recursive: true });
  await cp(join(project, 'templates/bases'), join(workspace, 'templates/bases'), { recursive: true });
  await cp(join(project, 'provisioners'), join(workspace, 'provisioners'), { recursive: true });
  const web = await readFile(join(project, 'templates/web.yaml'), 'utf8');
  for (let n = 0; n < TEMPLATES; n++) {
    await writeFile(
      join(workspace, `templates/web-${n}.yaml`),
      web.replace(/^name: web$/m, `name: web-${n}`),
    );
  }
  const lint = [process.execPath, join(project, 'dist/cli/bake.js'), 'lint'];
  const [all = 0, bare = 0] = inTurn(5, [lint, [process.execPath, '-e', '0']], workspace);
  report(
    `bake lint of ${TEMPLATES} templates`,
    `${(all / 1000).toFixed(2)} s, ${(all / bare).toFixed(1)} × node -e 0`,
    'under 1 s',
  );
} finally {
  await rm(workspace, { recursive: true, force: true });
}
