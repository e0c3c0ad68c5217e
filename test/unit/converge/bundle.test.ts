import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, mkdir, symlink, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { type Bundle, buildBundle } from '../../../src/converge/bundle.ts';
import type { Step } from '../../../src/converge/step.ts';
import { rejects } from '../../support/rejects.ts';
import { suite, type TestContext } from '../../support/suite.ts';
import { ansibleStep, puppetStep, shellStep } from './steps.ts';
import { workspaceWith } from './workspace.ts';

const test = suite('the bundle');

const FILES = {
  'p/web.pp': 'include nginx\n',
  'p/modules/nginx/manifests/init.pp': 'class nginx {}\n',
  'p/modules/nginx/files/empty': '',
  's/tools.sh': 'true\n',
};
const STEPS: Step[] = [
  puppetStep('p/web.pp', { modules: ['p/modules'] }),
  shellStep('s/tools.sh', { creates: '/opt/tools' }),
];

test('has the declared files, the steps and what runs them by hand', async ({ signal }) => {
  await using workspace = await workspaceWith({ ...FILES, 'p/other.pp': 'not declared\n' });
  const bundle = await buildBundle(workspace.root, STEPS, signal);
  assert.equal(
    bundle.files.map(({ path }) => path),
    [
      '.kiln/1-puppet/facts.d/kiln.json',
      '.kiln/1-puppet/puppet.conf',
      '.kiln/1-puppet/routes.yaml',
      'README.md',
      'kiln-bundle.json',
      'p/modules/nginx/files/empty',
      'p/modules/nginx/manifests/init.pp',
      'p/web.pp',
      'run.sh',
      's/tools.sh',
    ],
  );
});

test('is what its digest and its size say', async ({ signal }) => {
  await using workspace = await workspaceWith(FILES);
  const bundle = await buildBundle(workspace.root, STEPS, signal);
  const bytes = await bytesOf(bundle);
  assert.is(bundle.size, bytes.length);
  assert.is(bundle.digest, `sha256:${createHash('sha256').update(bytes).digest('hex')}`);
});

test('is the same wherever and whenever the workspace is, and whatever its umask was', async ({ signal }) => {
  await using one = await workspaceWith(FILES);
  await using other = await workspaceWith(Object.fromEntries(Object.entries(FILES).reverse()));
  await utimes(join(other.root, 'p/web.pp'), 1, 1);
  await chmod(join(other.root, 'p/web.pp'), 0o600);
  await mkdir(join(other.root, 'p/modules/nginx/nothing'));
  const digests = await Promise.all(
    [one, other].map(async ({ root }) => (await buildBundle(root, STEPS, signal)).digest),
  );
  assert.is(digests[0], digests[1]);
});

test('changes with a fact, a mode and a byte', async ({ signal }) => {
  await using workspace = await workspaceWith(FILES);
  const digest = async (steps = STEPS) => (await buildBundle(workspace.root, steps, signal)).digest;
  const digests = [
    await digest(),
    await digest([puppetStep('p/web.pp', { modules: ['p/modules'], facts: { a: 1 } })]),
  ];
  await chmod(join(workspace.root, 's/tools.sh'), 0o755);
  digests.push(await digest());
  await workspace.write('s/tools.sh', 'tru3\n');
  digests.push(await digest());
  assert.is(new Set(digests).size, 4);
});

test('unpacks with tar: modes are 0644 and 0755, everything is owned by root and nothing is new', async ({
  signal,
}) => {
  await using workspace = await workspaceWith(FILES);
  await chmod(join(workspace.root, 's/tools.sh'), 0o700);
  const listing = listTar(await bytesOf(await buildBundle(workspace.root, STEPS, signal)));
  assert.match(listing, /^-rwxr-xr-x 0\/0 +5 1980-01-01 00:00 s\/tools.sh$/m);
  assert.match(listing, /^-rw-r--r-- 0\/0 +14 1980-01-01 00:00 p\/web.pp$/m);
  assert.match(listing, /^drwxr-xr-x 0\/0 +0 1980-01-01 00:00 p\/modules\/nginx\/files\/$/m);
});

test('leaves out repositories, backups and bytecode', async ({ signal }) => {
  const junk = ['.git/config', '.DS_Store', 'init.pp~', '.init.pp.swp', '__pycache__/a.pyc', '.terraform/x'];
  await using workspace = await workspaceWith({
    ...FILES,
    ...Object.fromEntries(junk.map((name) => [`p/modules/nginx/${name}`, 'junk'])),
  });
  const { files } = await buildBundle(workspace.root, STEPS, signal);
  assert.equal(
    files.filter(({ path }) => path.startsWith('p/modules/')).map(({ path }) => path),
    ['p/modules/nginx/files/empty', 'p/modules/nginx/manifests/init.pp'],
  );
});

test('keeps a link inside the workspace, and takes along what it leads to', async ({ signal }) => {
  await using workspace = await workspaceWith({ ...FILES, 'vendor/apt/init.pp': 'class apt {}\n' });
  await symlink('../../vendor/apt', join(workspace.root, 'p/modules/apt'));
  const bundle = await buildBundle(workspace.root, STEPS, signal);
  assert.ok(bundle.files.some(({ path }) => path === 'vendor/apt/init.pp'));
  assert.match(listTar(await bytesOf(bundle)), 'p/modules/apt -> ../../vendor/apt');
});

test('takes a declared path that goes through a link', async ({ signal }) => {
  await using workspace = await workspaceWith(FILES);
  await symlink('p', join(workspace.root, 'current'));
  const bundle = await buildBundle(workspace.root, [puppetStep('current/web.pp')], signal);
  assert.match(listTar(await bytesOf(bundle)), 'current -> p');
  assert.ok(bundle.files.some(({ path }) => path === 'p/web.pp'));
});

test('survives links that lead to each other', async ({ signal }) => {
  await using workspace = await workspaceWith(FILES);
  await symlink('b', join(workspace.root, 'p/modules/a'));
  await symlink('a', join(workspace.root, 'p/modules/b'));
  await symlink('.', join(workspace.root, 'p/modules/self'));
  const bundle = await buildBundle(workspace.root, STEPS, signal);
  assert.match(listTar(await bytesOf(bundle)), 'p/modules/self -> .');
});

for (const [name, target] of [
  ['a link that leads out', '../../../outside'],
  ['an absolute link', '/etc'],
] as const) {
  test(`refuses ${name}`, async ({ signal }) => {
    await using workspace = await workspaceWith(FILES);
    await symlink(target, join(workspace.root, 'p/modules/out'));
    const fault = await rejects(buildBundle(workspace.root, STEPS, signal), { code: 'PATH_OUTSIDE' });
    assert.match(fault.message, 'p/modules/out');
  });
}

for (const path of ['../web.pp', '/etc/passwd', 'p/../../web.pp']) {
  test(`refuses the path ${path}`, async ({ signal }) => {
    await using workspace = await workspaceWith(FILES);
    await rejects(buildBundle(workspace.root, [puppetStep(path)], signal), { code: 'PATH_OUTSIDE' });
  });
}

test('names a file that is missing', async ({ signal }) => {
  await using workspace = await workspaceWith(FILES);
  const fault = await rejects(buildBundle(workspace.root, [puppetStep('p/wep.pp')], signal), {
    code: 'FILE_MISSING',
  });
  assert.match(fault.message, 'p/wep.pp');
});

test('refuses what is neither file nor folder nor link', async ({ signal }) => {
  await using workspace = await workspaceWith(FILES);
  execFileSync('mkfifo', [join(workspace.root, 'p/modules/pipe')]);
  await rejects(buildBundle(workspace.root, STEPS, signal), { code: 'CONFIG_INVALID' });
});

for (const path of ['run.sh', '.kiln/x.sh', 'README.md/x.sh']) {
  test(`refuses a workspace's ${path}, which would hide the bundle's own`, async ({ signal }) => {
    await using workspace = await workspaceWith({ [path]: 'true\n' });
    const steps = [shellStep(path, { creates: '/x' })];
    const fault = await rejects(buildBundle(workspace.root, steps, signal), { code: 'CONFIG_INVALID' });
    assert.match(fault.message, path);
  });
}

test('refuses a folder that Puppet would read as something else', async ({ signal }) => {
  await using workspace = await workspaceWith(FILES);
  for (const folder of ['p/a:b', 'p/$vardir']) {
    const steps = [puppetStep('p/web.pp', { modules: [folder] })];
    await rejects(buildBundle(workspace.root, steps, signal), { code: 'CONFIG_INVALID' });
  }
});

for (const [what, text] of [
  ['changed', 'include httpd\n'],
  ['grew', 'include nginx\n# and more\n'],
  ['shrank', ''],
] as const) {
  test(`fails when a file ${what} between the digest and the upload`, async ({ signal }) => {
    await using workspace = await workspaceWith(FILES);
    const bundle = await buildBundle(workspace.root, STEPS, signal);
    await workspace.write('p/web.pp', text);
    const fault = await rejects(bytesOf(bundle), { code: 'DIGEST_MISMATCH' });
    assert.match(fault.message, 'p/web.pp');
  });
}

test('fails when a file that was empty is no longer', async ({ signal }) => {
  await using workspace = await workspaceWith(FILES);
  const bundle = await buildBundle(workspace.root, STEPS, signal);
  await workspace.write('p/modules/nginx/files/empty', 'x');
  await rejects(bytesOf(bundle), { code: 'DIGEST_MISMATCH' });
});

test('holds names with spaces, quotes and shell syntax', async ({ signal }) => {
  const name = `a 'b" $(id); c.sh`;
  await using workspace = await workspaceWith({ [name]: 'true\n' });
  const { files } = await buildBundle(workspace.root, [shellStep(name, { creates: '/x' })], signal);
  assert.ok(files.some(({ path }) => path === name));
});

test('is not held in memory', async ({ signal }) => {
  await using workspace = await workspaceWith(FILES);
  await workspace.write('p/modules/big', new Uint8Array(64 * 1024 * 1024));
  const bundle = await buildBundle(workspace.root, STEPS, signal);
  let largest = 0;
  for await (const piece of bundle.stream()) largest = Math.max(largest, piece.length);
  assert.ok(largest <= 1024 * 1024, `a piece of ${largest} bytes`);
});

test('stops when it is told to', async () => {
  await using workspace = await workspaceWith(FILES);
  const gone = AbortSignal.abort(new Error('stop'));
  await rejects(buildBundle(workspace.root, STEPS, gone), /^stop$/);
});

test('carries the callback plugin and the variables of an ansible step', async ({ signal }: TestContext) => {
  await using workspace = await workspaceWith({ 'a/app.yml': '- hosts: all\n' });
  const { files } = await buildBundle(
    workspace.root,
    [ansibleStep('a/app.yml', { vars: { port: 1 } })],
    signal,
  );
  const paths = files.map(({ path }) => path);
  assert.ok(paths.includes('.kiln/ansible/kiln_report.py'));
  assert.ok(paths.includes('.kiln/1-ansible/vars.json'));
});

async function bytesOf(bundle: Bundle): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of bundle.stream()) pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces);
}

function listTar(bytes: Buffer): string {
  return execFileSync('tar', ['--numeric-owner', '-tvf', '-'], {
    input: bytes,
    encoding: 'utf8',
    env: { ...process.env, TZ: 'UTC' },
  });
}

test.run();
