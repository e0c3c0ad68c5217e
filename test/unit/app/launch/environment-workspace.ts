import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { temporaryFolder } from '../../temporary-folder.ts';

/** A workspace with these files and no template, removed at the end of the test. */
export async function environmentWorkspace(
  files: Readonly<Record<string, string>>,
): Promise<{ readonly path: string } & AsyncDisposable> {
  const folder = await temporaryFolder();
  await mkdir(join(folder.path, 'templates'));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder.path, path)), { recursive: true });
    await writeFile(join(folder.path, path), text);
  }
  return folder;
}

/** What SOPS writes into a file beside its values, as far as whoever has no key looks at it. */
export const SOPS =
  'sops: { age: [{ recipient: age1, enc: x }], lastmodified: "2026-11-24T14:00:00Z", mac: "ENC[m]" }\n';

/** Two environments with data on every level, and secrets. */
export const SAMPLE: Readonly<Record<string, string>> = {
  'environments/hiera.yaml': `version: 5
hierarchy:
  - { name: node, path: '%{env}/nodes/%{node}.yaml' }
  - { name: role, paths: ['%{env}/%{role}.yaml', 'roles/%{role}.yaml'] }
  - { name: environment, path: '%{env}/data.yaml' }
  - { name: common, path: common.yaml }
`,
  'environments/common.yaml': `lookup_options:
  db: { merge: deep }
greeting: Hello
db: { host: none, port: 5432 }
debug: true
`,
  'environments/roles/web.yaml': 'workers: 2\n',
  'environments/dev/environment.yaml': 'platform: docker\nimages:\n  web: { publish: ["8081:80"] }\n',
  'environments/dev/data.yaml': 'db: { host: "db.%{env}" }\n',
  'environments/dev/secrets.yaml': `api_token: ENC[x]\nold: ENC[y]\n${SOPS}`,
  'environments/prod/environment.yaml': `platform: docker
after: dev
soak: 1h
images:
  web: { count: 2, publish: ["8082-8083:80", "127.0.0.1:53-54:53/udp"] }
`,
  'environments/prod/data.yaml': 'greeting: Welcome\ndb: { host: "db.%{env}" }\ndebug: false\n',
  'environments/prod/nodes/web-2.yaml': 'greeting: Second\n',
  'environments/prod/web.yaml': 'workers: 8\n',
  'environments/prod/secrets.yaml': `# encrypted\napi_token: ENC[z]\ntls.key: ENC[x]\n${SOPS}`,
};
