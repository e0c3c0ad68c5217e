import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import * as assert from 'uvu/assert';
import { suite } from '../../support/suite.ts';

const test = suite('import rules', { deadline: 60_000 });

const project = resolve(import.meta.dirname, '../../..');

/** A file, and what it must not import. */
const REFUSED: readonly (readonly [file: string, specifier: string])[] = [
  ['src/core/a.ts', '../app/bake-image.ts'],
  ['src/core/a.ts', '../tree/manifest.ts'],
  ['src/core/a.ts', 'zod'],
  ['src/core/tar/a.ts', '../../tree/manifest.ts'],
  ['src/tree/a.ts', '../platforms/platform.ts'],
  ['src/catalogue/a.ts', '../platforms/docker/engine.ts'],
  ['src/catalogue/a.ts', '../app/plan.ts'],
  ['src/config/a.ts', '../converge/bundle.ts'],
  ['src/config/a.ts', 'dockerode'],
  ['src/converge/a.ts', '../platforms/docker/engine.ts'],
  ['src/converge/a.ts', '../config/load.ts'],
  ['src/converge/a.ts', 'execa'],
  ['src/health/a.ts', '../platforms/registry.ts'],
  ['src/health/a.ts', '../converge/result.ts'],
  ['src/seal/a.ts', '../forms/form.ts'],
  ['src/forms/a.ts', './oci/layer.ts'],
  ['src/forms/oci/a.ts', '../disk/partitions.ts'],
  ['src/forms/oci/a.ts', 'dockerode'],
  ['src/forms/oci/a.ts', '../../platforms/platform.ts'],
  ['src/platforms/a.ts', './docker/engine.ts'],
  ['src/platforms/docker/a.ts', '../qemu/guest.ts'],
  ['src/platforms/docker/a.ts', '../registry.ts'],
  ['src/platforms/docker/a.ts', '../../forms/form.ts'],
  ['src/platforms/docker/a.ts', '../../app/doctor.ts'],
  ['src/disks/a.ts', '../platforms/platform.ts'],
  ['src/disks/a.ts', '../forms/form.ts'],
  ['src/forms/disk/a.ts', '../oci/layer.ts'],
  ['src/forms/disk/a.ts', '../../platforms/platform.ts'],
  ['src/forms/disk/a.ts', 'execa'],
  ['src/platforms/ssh/a.ts', '../qemu/vm.ts'],
  ['src/platforms/ssh/a.ts', '../launcher.ts'],
  ['src/platforms/qemu/a.ts', '../docker/engine.ts'],
  ['src/platforms/qemu/a.ts', '../registry.ts'],
  ['src/platforms/qemu/a.ts', '../../forms/form.ts'],
  ['src/forms/ami/a.ts', '../disk/partitions.ts'],
  ['src/forms/ami/a.ts', '@aws-sdk/client-ec2'],
  ['src/platforms/ec2/a.ts', '../qemu/vm.ts'],
  ['src/platforms/ec2/a.ts', '../registry.ts'],
  ['src/platforms/ec2/a.ts', '../../forms/form.ts'],
  ['src/bases/a.ts', '../app/plan.ts'],
  ['src/bases/a.ts', 'dockerode'],
  ['src/app/a.ts', '../cli/bake.ts'],
  ['src/app/a.ts', '../ui/paint.ts'],
  ['src/app/a.ts', 'dockerode'],
  ['src/app/a.ts', '@aws-sdk/client-ec2'],
  ['src/app/a.ts', 'zod'],
  ['src/app/deep/a.ts', '../../ui/paint.ts'],
  ['src/ui/a.ts', '../app/plan.ts'],
  ['src/ui/a.ts', 'commander'],
  ['src/cli/a.ts', '../platforms/platform.ts'],
  ['src/cli/a.ts', '../catalogue/store.ts'],
  ['src/cli/a.ts', 'listr2'],
  ['src/cli/bake-verbs/a.ts', '../../platforms/registry.ts'],
];

/** A file, and what it may import. */
const ALLOWED: readonly (readonly [file: string, specifier: string])[] = [
  ['src/core/a.ts', 'node:fs/promises'],
  ['src/core/tar/a.ts', '../fault.ts'],
  ['src/config/a.ts', 'zod'],
  ['src/config/a.ts', 'yaml'],
  ['src/health/a.ts', '../platforms/platform.ts'],
  ['src/forms/oci/a.ts', '../form.ts'],
  ['src/forms/disk/a.ts', '../../disks/host-tool.ts'],
  ['src/platforms/ssh/a.ts', '../platform.ts'],
  ['src/platforms/qemu/a.ts', '../ssh/connection.ts'],
  ['src/platforms/qemu/a.ts', '../launcher.ts'],
  ['src/platforms/qemu/a.ts', '../../disks/disk-tree.ts'],
  ['src/platforms/registry.ts', './docker/engine.ts'],
  ['src/platforms/docker/a.ts', 'dockerode'],
  ['src/platforms/ec2/a.ts', '@aws-sdk/client-ec2'],
  ['src/platforms/ec2/a.ts', '../ssh/connection.ts'],
  ['src/forms/ami/a.ts', '../../disks/host-tool.ts'],
  ['src/app/a.ts', '../platforms/registry.ts'],
  ['src/app/deep/a.ts', '../plan.ts'],
  ['src/ui/a.ts', 'listr2'],
  ['src/cli/bake-verbs/a.ts', '../../app/plan.ts'],
  ['src/cli/bake-verbs/a.ts', 'commander'],
];

const FORMS: Readonly<Record<string, (specifier: string) => string>> = {
  static: (specifier) => `import { x } from '${specifier}';\nx();\n`,
  type: (specifier) => `import type { X } from '${specifier}';\nexport const x: X | 0 = 0;\n`,
  dynamic: (specifier) => `await import('${specifier}');\n`,
  export: (specifier) => `export { x } from '${specifier}';\n`,
};

for (const [form, write] of Object.entries(FORMS)) {
  test(`every import in the wrong direction is refused, as a ${form} import`, async ({ signal }) => {
    const refused = await lint(REFUSED, write, signal);
    const accepted = REFUSED.filter((_, index) => !refused.has(index));
    assert.equal(accepted, []);
  });

  test(`no import in the right direction is refused, as a ${form} import`, async ({ signal }) => {
    const refused = await lint(ALLOWED, write, signal);
    assert.equal(
      ALLOWED.filter((_, index) => refused.has(index)),
      [],
    );
  });
}

test('every folder of src has a rule: a library that is named nowhere is refused in it', async ({
  signal,
}) => {
  const entries = await readdir(join(project, 'src'), { recursive: true, withFileTypes: true });
  const folders = entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name));
  const unruly = folders.map((folder) => [join(relative(project, folder), 'a.ts'), 'left-pad'] as const);
  const refused = await lint(unruly, (specifier) => `import '${specifier}';\n`, signal);
  assert.ok(folders.length > 0);
  assert.equal(
    unruly.filter((_, index) => !refused.has(index)),
    [],
  );
});

test('a cycle of imports is refused', async ({ signal }) => {
  await using workspace = await copyOfRules();
  await workspace.write('src/core/a.ts', "import { b } from './b.ts';\nexport const a = () => b();\n");
  await workspace.write('src/core/b.ts', "import { a } from './a.ts';\nexport const b = () => a();\n");
  assert.match(await workspace.lint(signal), 'lint/suspicious/noImportCycles');
});

test('only cli ends the process', async () => {
  const files = await readdir(join(project, 'src'), { recursive: true });
  const ending: string[] = [];
  for (const file of files.filter((name) => name.endsWith('.ts'))) {
    const source = await readFile(join(project, 'src', file), 'utf8');
    if (/\bprocess\s*\.\s*exit\s*\(/.test(source)) ending.push(dirname(file));
  }
  assert.equal([...new Set(ending)], ['cli']);
});

test.run();

/** Which of these imports, by index, the linter refuses; each is written into a file of its own. */
async function lint(
  imports: readonly (readonly [file: string, specifier: string])[],
  write: (specifier: string) => string,
  signal: AbortSignal,
): Promise<Set<number>> {
  await using workspace = await copyOfRules();
  const names = imports.map(([file], index) =>
    file.endsWith('/a.ts') ? file.replace(/a\.ts$/, `import-${index}.ts`) : file,
  );
  for (const [index, [, specifier]] of imports.entries()) {
    await workspace.write(names[index] ?? '', write(specifier));
  }
  const output = await workspace.lint(signal);
  return new Set(names.flatMap((name, index) => (refusal(name).test(output) ? [index] : [])));
}

function refusal(file: string): RegExp {
  return new RegExp(`^${file.replaceAll('.', '\\.')}:\\d+:\\d+ lint/style/noRestrictedImports`, 'm');
}

/** A temporary folder with nothing but this project's rules. */
async function copyOfRules() {
  const root = await mkdtemp(join(tmpdir(), 'kiln-rules-'));
  await copyFile(join(project, 'biome.json'), join(root, 'biome.json'));
  await symlink(join(project, 'node_modules'), join(root, 'node_modules'));
  return {
    async write(file: string, text: string) {
      await mkdir(dirname(join(root, file)), { recursive: true });
      await writeFile(join(root, file), text);
    },
    async lint(signal: AbortSignal): Promise<string> {
      const argv = ['lint', '--max-diagnostics=none', '--colors=off', 'src'];
      return await new Promise((done) => {
        execFile(join(project, 'node_modules/.bin/biome'), argv, { cwd: root, signal }, (_, stdout, stderr) =>
          done(stdout + stderr),
        );
      });
    },
    [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }),
  };
}
