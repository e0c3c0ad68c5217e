import { execFileSync } from 'node:child_process';
import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import type { Workspace } from '../../../src/config/workspace.ts';
import { suite } from '../../support/suite.ts';
import { type Files, GOOD, LEAST, sampleWorkspace, templateProblems, WEB } from './sample-workspace.ts';

const test = suite('paths of a workspace');

const OUT = 'leads out of the workspace: write it relative to the folder that holds templates/';

/** The problems of the good workspace after a change to its folder. */
async function afterwards(change: (root: string) => Promise<unknown>, files: Files = {}): Promise<string[]> {
  await using workspace = await sampleWorkspace({ ...GOOD, ...files });
  await change(workspace.root);
  return shown(await workspace.load());
}

function shown({ problems }: Workspace): string[] {
  return problems.map(({ file, line, column, message }) => `${file}:${line}:${column} ${message}`);
}

test('what every kind of step names must be there', async () => {
  const text = `${LEAST}converge:
  - puppet: { manifest: p/a.pp, modules: [p/m], hiera: p/h.yaml, data: [p/d] }
  - ansible: { playbook: p/b.yml, roles: [p/r], collections: [p/c] }
  - shell: { script: p/s.sh, creates: /x }
`;
  assert.equal(await templateProblems(text), [
    '4:25 there is no file `p/a.pp` in the workspace',
    '4:43 there is no folder `p/m` in the workspace',
    '4:56 there is no file `p/h.yaml` in the workspace',
    '4:73 there is no file or folder `p/d` in the workspace',
    '5:26 there is no file `p/b.yml` in the workspace',
    '5:43 there is no folder `p/r` in the workspace',
    '5:63 there is no folder `p/c` in the workspace',
    '6:22 there is no file `p/s.sh` in the workspace',
  ]);
});

test('a missing file is told with the nearest beside it', async () => {
  assert.equal(await templateProblems(WEB.replace('web.pp', 'wbe.pp')), [
    '7:25 there is no file `provisioners/puppet/wbe.pp` in the workspace (did you mean `provisioners/puppet/web.pp`?)',
  ]);
});

test('a file is no folder, and a folder no file', async () => {
  const text = `${LEAST}converge:\n  - puppet: { manifest: provisioners/puppet, modules: [provisioners/puppet/web.pp] }\n`;
  assert.equal(await templateProblems(text), [
    '4:25 `provisioners/puppet` is a folder, but must be a file',
    '4:56 `provisioners/puppet/web.pp` is no folder, but must be a folder',
  ]);
});

test('a path that leads out by its words is refused', async () => {
  const step = (script: string) => `  - shell: { script: ${script}, creates: /x }\n`;
  const text = `${LEAST}converge:\n${['/etc/passwd', '../x', 'a/../../x', 'provisioners/../templates/web.yaml'].map(step).join('')}`;
  assert.equal(await templateProblems(text), [
    `4:22 \`converge[0].shell.script\` ${OUT}`,
    '5:22 `converge[1].shell.script` leads out of the workspace: `..` is not allowed',
    '6:22 `converge[2].shell.script` leads out of the workspace: `..` is not allowed',
    '7:22 `converge[3].shell.script` leads out of the workspace: `..` is not allowed',
  ]);
});

test('the whole workspace, an empty path and control characters are refused', async () => {
  const text = `${LEAST}converge:\n  - ansible: { playbook: "", roles: [., ./], collections: ["a\\nb"] }\n`;
  assert.equal(await templateProblems(text), [
    '4:26 `converge[0].ansible.playbook` must not be empty',
    '4:38 `converge[0].ansible.roles[0]` names the whole workspace: name a folder in it',
    '4:41 `converge[0].ansible.roles[1]` names the whole workspace: name a folder in it',
    '4:60 `converge[0].ansible.collections[0]` must not contain control characters',
  ]);
});

test('a declared path that is a link out of the workspace is refused', async () => {
  const found = await afterwards((root) => symlink('/etc', join(root, 'out')), {
    'templates/web.yaml': `${LEAST}converge: [{ shell: { script: out/passwd, creates: /x } }]\n`,
  });
  assert.equal(found, ['templates/web.yaml:3:31 `out/passwd` is a link that leads out of the workspace']);
});

test('a link out of the workspace deep inside a declared folder is refused', async () => {
  const found = await afterwards(async (root) => {
    const manifests = join(root, 'provisioners/puppet/modules/web/manifests');
    await symlink('/etc/shadow', join(manifests, 'a.pp'));
    await symlink('../../../../../../nowhere', join(manifests, 'b.pp'));
  });
  assert.equal(found, [
    'templates/web.yaml:7:63 `provisioners/puppet/modules/web/manifests/a.pp` is a link that leads out of the workspace',
    'templates/web.yaml:7:63 `provisioners/puppet/modules/web/manifests/b.pp` is a link that leads out of the workspace',
  ]);
});

test('a link out of a folder that is only linked from a declared one is refused', async () => {
  const found = await afterwards(async (root) => {
    await mkdir(join(root, 'shared'));
    await symlink('/etc/shadow', join(root, 'shared/a.pp'));
    await symlink('../../../shared', join(root, 'provisioners/puppet/modules/shared'));
  });
  assert.equal(found, ['templates/web.yaml:7:63 `shared/a.pp` is a link that leads out of the workspace']);
});

test('links inside the workspace are fine, in circles too, and those to nothing inside as well', async () => {
  const found = await afterwards(async (root) => {
    const modules = join(root, 'provisioners/puppet/modules');
    await symlink('../modules', join(modules, 'self'));
    await symlink('web', join(modules, 'other'));
    await symlink('not-yet', join(modules, 'later'));
  });
  assert.equal(found, []);
});

test('a pipe or a socket in a declared folder is refused', async () => {
  const found = await afterwards(async (root) =>
    execFileSync('mkfifo', [join(root, 'provisioners/puppet/modules/p')]),
  );
  assert.equal(found, [
    'templates/web.yaml:7:63 `provisioners/puppet/modules/p` is neither a file, a folder nor a link',
  ]);
});

test('a template that is a link out of the workspace is not read', async () => {
  const found = await afterwards((root) => symlink('/etc/passwd', join(root, 'templates/x.yaml')));
  assert.equal(found, ['templates/x.yaml:1:1 the file is a link that leads out of the workspace']);
});

test('a template that is a folder, a pipe or a link to nothing is told so', async () => {
  const found = await afterwards(async (root) => {
    await mkdir(join(root, 'templates/a.yaml'));
    execFileSync('mkfifo', [join(root, 'templates/b.yaml')]);
    await symlink('nothing', join(root, 'templates/c.yaml'));
  });
  assert.equal(found, [
    'templates/a.yaml:1:1 this is not a file',
    'templates/b.yaml:1:1 this is not a file',
    'templates/c.yaml:1:1 the file is a link to nothing',
  ]);
});

test('a workspace that is itself reached by a link is no way out', async () => {
  await using outer = await sampleWorkspace({});
  await using workspace = await sampleWorkspace(GOOD);
  const { loadWorkspace } = await import('../../../src/config/workspace.ts');
  await symlink(workspace.root, join(outer.root, 'link'));
  assert.equal(shown(await loadWorkspace(join(outer.root, 'link'))), []);
});

test.run();
