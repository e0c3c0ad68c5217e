import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { loadEnvironments } from '../../../src/config/environments.ts';
import type { Problem } from '../../../src/config/problem.ts';
import { loadWorkspace, type Workspace } from '../../../src/config/workspace.ts';

/** The design's own example. */
export const WEB = `# templates/web.yaml
name: web
base: debian-12
machine: container
forms: [oci, disk]
converge:
  - puppet: { manifest: provisioners/puppet/web.pp, modules: [provisioners/puppet/modules] }
checks:
  service: { nginx: { enabled: true, running: true } }
  port:    { "tcp:80": { listening: true } }
  http:    { "http://127.0.0.1/": { status: 200, body: [golden] } }
probe: { timeout: 60s, interval: 500ms, success-threshold: 3, stable-for: 3s }
container: { init: systemd }
disk:      { size: 4G }
vm:        { memory: 1024, cpus: 2 }
instance:  { type: t3.small }
`;

export const DEBIAN = `# templates/bases/debian-12.yaml
debian: bookworm
include: [systemd-sysv, dbus, ca-certificates, iproute2, puppet-agent]
boot:    [linux-image-cloud-amd64, systemd-boot-efi, openssh-server, systemd-resolved] # joined in when a form or machine needs a kernel
`;

/** A workspace without problems: the design's two files and what they name. */
export const GOOD: Files = {
  'templates/web.yaml': WEB,
  'templates/bases/debian-12.yaml': DEBIAN,
  'provisioners/puppet/web.pp': 'include web\n',
  'provisioners/puppet/modules/web/manifests/init.pp': 'class web { }\n',
};

/** The least that a template must say. */
export const LEAST = 'name: web\nbase: debian-12\n';

export type Files = Readonly<Record<string, string | Uint8Array>>;

export interface SampleWorkspace extends AsyncDisposable {
  readonly root: string;
  load(): Promise<Workspace>;
}

/** A workspace of these files in a folder of its own, removed at the end; `../NAME/…` is in a checkout beside it. */
export async function sampleWorkspace(files: Files): Promise<SampleWorkspace> {
  const outer = await mkdtemp(join(tmpdir(), 'kiln-config-'));
  const root = join(outer, 'workspace');
  for (const [file, content] of Object.entries({ 'templates/.keep': '', ...files })) {
    await mkdir(dirname(join(root, file)), { recursive: true });
    await writeFile(join(root, file), content);
  }
  return {
    root,
    load: () => loadWorkspace(root),
    [Symbol.asyncDispose]: () => rm(outer, { recursive: true, force: true }),
  };
}

/** Every problem of a workspace of these files, as `file:line:column message (hint)`. */
export async function problemsIn(files: Files): Promise<string[]> {
  await using workspace = await sampleWorkspace(files);
  return (await workspace.load()).problems.map(problemLine);
}

/** `file:line:column message (hint)` */
export function problemLine({ file, line, column, message, hint }: Problem): string {
  return `${file}:${line}:${column} ${message}${hint ? ` (${hint})` : ''}`;
}

/** Every problem of the environments in a workspace of these files, in the same way. */
export async function environmentProblems(files: Files): Promise<string[]> {
  await using workspace = await sampleWorkspace(files);
  const { problems } = await loadEnvironments(workspace.root, {}, new AbortController().signal);
  return problems.map(problemLine);
}

/** The problems of a template of this text beside a good base, without the file's name. */
export async function templateProblems(text: string, files: Files = {}): Promise<string[]> {
  const found = await problemsIn({ ...GOOD, 'templates/web.yaml': text, ...files });
  return found.map((line) => line.replace(/^templates\/web\.yaml:/, ''));
}

/** The problems of a base of this text. */
export async function baseProblems(text: string): Promise<string[]> {
  const found = await problemsIn({ 'templates/bases/debian-12.yaml': text });
  return found.map((line) => line.replace(/^templates\/bases\/debian-12\.yaml:/, ''));
}
