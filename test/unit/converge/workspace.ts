import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export interface TestWorkspace extends AsyncDisposable {
  readonly root: string;
  /** Writes a file, and the folders above it. */
  write(path: string, text: string | Uint8Array, mode?: number): Promise<void>;
}

/** A workspace of its own with some files, removed when the test ends. */
export async function workspaceWith(files: Readonly<Record<string, string>>): Promise<TestWorkspace> {
  const root = await mkdtemp(join(tmpdir(), 'kiln-workspace-'));
  const workspace: TestWorkspace = {
    root,
    async write(path, text, mode = 0o644) {
      await mkdir(dirname(join(root, path)), { recursive: true });
      await writeFile(join(root, path), text, { mode });
    },
    async [Symbol.asyncDispose]() {
      await rm(root, { recursive: true, force: true });
    },
  };
  for (const [path, text] of Object.entries(files)) await workspace.write(path, text);
  return workspace;
}
