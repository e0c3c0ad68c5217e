import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { assertValid } from '../../../src/config/assert-valid.ts';
import { findWorkspace } from '../../../src/config/find-workspace.ts';
import { loadWorkspace, problemsOf, requireTemplate } from '../../../src/config/workspace.ts';
import { digestOf } from '../../../src/core/digest.ts';
import { rejects } from '../../support/rejects.ts';
import { suite } from '../../support/suite.ts';
import { DEBIAN, GOOD, LEAST, sampleWorkspace, templateProblems, WEB } from './sample-workspace.ts';

const test = suite('workspace');

test('the nearest folder above with templates/ is the workspace', async () => {
  await using workspace = await sampleWorkspace({
    ...GOOD,
    'inner/templates/x.yaml': '',
    'inner/deep/er/file': '',
  });
  assert.is(await findWorkspace(join(workspace.root, 'provisioners/puppet')), workspace.root);
  assert.is(await findWorkspace(join(workspace.root, 'inner/deep/er')), join(workspace.root, 'inner'));
  assert.is(await findWorkspace(workspace.root), workspace.root);
});

test('a folder that is named is the workspace, or none is', async () => {
  await using workspace = await sampleWorkspace(GOOD);
  assert.is(await findWorkspace('/', workspace.root), workspace.root);
  const fault = await rejects(findWorkspace(workspace.root, 'provisioners'), { code: 'WORKSPACE_NOT_FOUND' });
  assert.is(
    fault.message,
    `${join(workspace.root, 'provisioners')} is not a workspace: it has no folder templates/`,
  );
  assert.is(fault.exitCode, 2);
});

test('without a workspace above the start is told', async () => {
  const fault = await rejects(findWorkspace('/proc/1'), { code: 'WORKSPACE_NOT_FOUND' });
  assert.is(fault.message, 'no workspace in /proc/1 or above: none has a folder templates/');
  assert.match(fault.hint ?? '', /--workspace/);
});

test('a workspace without anything in it has no problems', async () => {
  await using workspace = await sampleWorkspace({});
  const { problems, templates, bases } = await workspace.load();
  assert.equal([problems.length, templates.size, bases.size], [0, 0, 0]);
});

test('a loaded template knows its file, its bytes and where everything is', async () => {
  await using workspace = await sampleWorkspace(GOOD);
  const web = requireTemplate(await workspace.load(), 'web');
  assert.is(web.file, 'templates/web.yaml');
  assert.is(web.bytesDigest, digestOf(WEB));
  assert.equal(web.positionOf(['base']), { line: 3, column: 7 });
  assert.equal(web.positionOf(['base'], 'key'), { line: 3, column: 1 });
  assert.equal(web.positionOf(['forms', 1]), { line: 5, column: 14 });
  assert.equal(web.positionOf(['checks', 'port']), { line: 10, column: 3 });
  assert.equal(web.positionOf(['checks', 'port', 'tcp:80', 'listening']), { line: 10, column: 37 });
  assert.equal(web.positionOf(['checks', 'nothing', 'of', 'that']), { line: 8, column: 1 });
});

test('an unknown template is told with the nearest, or with those there are', async () => {
  await using workspace = await sampleWorkspace(GOOD);
  const loaded = await workspace.load();
  const fault = await rejects(() => requireTemplate(loaded, 'wbe'), { code: 'TEMPLATE_UNKNOWN' });
  assert.is(fault.message, 'there is no template `wbe`');
  assert.is(fault.hint, 'Did you mean `web`?');
  assert.is(fault.exitCode, 2);
  const other = await rejects(() => requireTemplate(loaded, 'mail\u001b; $(id)'), {
    code: 'TEMPLATE_UNKNOWN',
  });
  assert.is(other.message, 'there is no template `mail\u{fffd}; $(id)`');
  assert.is(other.hint, 'The templates are: web');
});

test('a template whose file is not valid is told by its problems, not as unknown', async () => {
  await using workspace = await sampleWorkspace({
    ...GOOD,
    'templates/web.yaml': 'name: web\nbase: [debian-12]\n',
  });
  const loaded = await workspace.load();
  const fault = await rejects(() => requireTemplate(loaded, 'web'), { code: 'CONFIG_INVALID' });
  assert.is(fault.message, '1 problem in templates/web.yaml');
  assert.equal(fault.details, [
    'templates/web.yaml:2:1  `base` must be text, but is a list',
    '    2 | base: [debian-12]',
    '      | ^',
  ]);
});

test('all problems together are one fault with every problem rendered', async () => {
  await using workspace = await sampleWorkspace({
    ...GOOD,
    'templates/web.yaml': `${LEAST}convrge: []\nfroms: []\n`,
    'templates/bases/debian-12.yaml': `${DEBIAN}mirrors: x\n`,
  });
  const { problems } = await workspace.load();
  const fault = await rejects(() => assertValid(problems), { code: 'CONFIG_INVALID' });
  assert.is(fault.message, '3 problems in 2 files');
  assert.is(fault.exitCode, 2);
  assert.is(fault.details.length, 9);
  assert.equal(fault.details.slice(3, 6), [
    'templates/web.yaml:3:1  unknown key `convrge`',
    '    3 | convrge: []',
    '      | ^ did you mean `converge`?',
  ]);
  assert.is(assertValid([]), undefined);
});

test("a template's problems are those of its file, its bases' chain and the defaults, and no others", async () => {
  await using workspace = await sampleWorkspace({
    'templates/defaults.yaml': 'machin: vm\n',
    'templates/app.yaml': 'name: app\nbase: hardened\n',
    'templates/web.yaml': 'name: web\nbase: debian-12\nformss: []\n',
    'templates/other.yaml': 'name: other\nbase: broken\nformss: []\n',
    'templates/bases/hardened.yaml': 'bake: parent\n',
    'templates/parent.yaml':
      'name: parent\nbase: debian-12\nconverge: [{ shell: { script: no.sh, creates: /x } }]\n',
    'templates/bases/debian-12.yaml': 'debain: bookworm\n',
    'templates/bases/broken.yaml': '\t',
  });
  const loaded = await workspace.load();
  const files = (name: string) => problemsOf(loaded, name).map(({ file }) => file);
  assert.equal(files('app'), [
    'templates/bases/debian-12.yaml',
    'templates/defaults.yaml',
    'templates/parent.yaml',
  ]);
  assert.equal(files('web'), ['templates/defaults.yaml', 'templates/web.yaml']);
  assert.ok(loaded.problems.length > 5);
});

test('of a cycle each template has the problem, and asking for it ends', async () => {
  await using workspace = await sampleWorkspace({
    'templates/a.yaml': 'name: a\nbase: from-b\n',
    'templates/b.yaml': 'name: b\nbase: from-a\n',
    'templates/bases/from-a.yaml': 'bake: a\n',
    'templates/bases/from-b.yaml': 'bake: b\n',
  });
  const codes = problemsOf(await workspace.load(), 'a').map(({ code, file }) => `${file} ${code}`);
  assert.equal(codes, ['templates/a.yaml base-cycle', 'templates/b.yaml base-cycle']);
});

test('defaults hold under every template, and the template wins key by key', async () => {
  await using workspace = await sampleWorkspace({
    ...GOOD,
    'templates/defaults.yaml':
      'forms: [disk]\nmachine: vm\nprobe: { timeout: 90s, interval: 2s }\nvm: { memory: 2048 }\ncontainer: { ports: ["80"] }\n',
    'templates/web.yaml': `${LEAST}forms: [oci]\nprobe: { interval: 1s }\ncontainer: { workdir: /srv }\n`,
  });
  const loaded = await workspace.load();
  assert.equal(loaded.problems, []);
  const { forms, machine, probe, vm, container } = requireTemplate(loaded, 'web').value;
  assert.equal([forms, machine, vm], [['oci'], 'vm', { memory: 2048, cpus: 2 }]);
  assert.equal([probe.timeout, probe.interval, probe['stable-for']], [90_000, 1000, 3000]);
  assert.equal(container, { init: 'systemd', ports: ['80'], workdir: '/srv' });
  assert.equal(loaded.templateNames, ['web']);
});

test('what the defaults make wrong in a template is told at the template', async () => {
  assert.equal(await templateProblems(LEAST, { 'templates/defaults.yaml': 'container: { init: none }\n' }), [
    '1:1 `container.command` is missing: `init: none` needs a command to run',
  ]);
});

test('what only a template can say is no default', async () => {
  const found = await templateProblems(LEAST, {
    'templates/defaults.yaml': 'base: debian-12\nvm: { cpus: 0 }\n',
  });
  assert.equal(found, [
    'templates/defaults.yaml:1:1 unknown key `base` (the known keys are: machine, forms, probe, container, disk, vm, ami, instance, keep)',
    'templates/defaults.yaml:2:13 `vm.cpus` must be at least 1',
  ]);
});

test('loading ends when it is told to', async () => {
  await using workspace = await sampleWorkspace(GOOD);
  const reason = new Error('enough');
  await rejects(loadWorkspace(workspace.root, AbortSignal.abort(reason)), (error) => error === reason);
});

test.run();
