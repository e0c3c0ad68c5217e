import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { loadGossFile } from '../../../src/config/goss-files.ts';
import { realRootOf } from '../../../src/config/real-root.ts';
import { problemsOf, requireTemplate } from '../../../src/config/workspace.ts';
import { rejects } from '../../support/rejects.ts';
import { suite } from '../../support/suite.ts';
import { type Files, GOOD, LEAST, problemLine, problemsIn, sampleWorkspace } from './sample-workspace.ts';

const test = suite('goss files');

const PORT = 'port: { "tcp:80": { listening: true } }\n';

function files(checks: string, more: Files = {}): Files {
  return { ...GOOD, 'templates/web.yaml': `${LEAST}checks: ${checks}\n`, ...more };
}

async function checksOf(all: Files): Promise<unknown> {
  await using workspace = await sampleWorkspace(all);
  return requireTemplate(await workspace.load(), 'web').value.checks;
}

test('a goss file is taken as it is, in YAML or JSON, beside what is written inline', async () => {
  const checks = await checksOf(
    files('{ goss: checks/goss.json, process: { nginx: { running: true } } }', {
      'checks/goss.json':
        '{\n\t"port": {"tcp:80": {"listening": true}},\n\t"process": {"nginx": {"running": true}}\n}',
    }),
  );
  assert.equal(checks, {
    process: { nginx: { running: true } },
    port: { 'tcp:80': { listening: true } },
  });
});

test('files include others by key, name and pattern, each relative to itself', async () => {
  const all = files('{ goss: checks/goss.yaml, gossfile: { "../checks/extra.yaml": {} } }', {
    'checks/extra.yaml': 'user: { extra: { exists: true } }\n',
    'checks/goss.yaml': `gossfile:
  deep/goss.yaml: {}
  some: { file: "parts/[ab]?.y*", title: parts, meta: { a: b } }
  none.yaml: { skip: true }
${PORT}`,
    'checks/parts/a1.yaml': 'user: { a1: { exists: true } }\n',
    'checks/parts/b1.yml': 'user: { b1: { exists: true } }\n',
    'checks/parts/c1.yaml': 'user: { c1: { exists: true } }\n',
    'checks/deep/goss.yaml': 'gossfile: { ../shared/x.yaml: {} }\n',
    'checks/shared/x.yaml': 'user: { shared: { exists: true } }\n',
  });
  assert.equal(await checksOf(all), {
    user: {
      extra: { exists: true },
      shared: { exists: true },
      a1: { exists: true },
      b1: { exists: true },
    },
    port: { 'tcp:80': { listening: true } },
  });
});

test('what is wrong in an included file is told there, and of the template that takes it only', async () => {
  await using workspace = await sampleWorkspace(
    files('{ goss: a.yaml }', {
      'a.yaml': 'gossfile: { b.yaml: {} }\n',
      'b.yaml': '# of web\nport: { "tcp:80": { listning: true } }\n',
      'templates/other.yaml': 'name: other\nbase: debian-12\n',
    }),
  );
  const loaded = await workspace.load();
  const expected = 'b.yaml:2:21 unknown key `listning` (did you mean `listening`?)';
  assert.equal(problemsOf(loaded, 'web').map(problemLine), [expected]);
  assert.equal(problemsOf(loaded, 'other'), []);
  await rejects(() => requireTemplate(loaded, 'web'), { code: 'CONFIG_INVALID' });
});

test('a file that is not there, a pattern without files and a way out are told where they are named', async () => {
  const all = files('{ goss: a.yml }', {
    'a.yaml': PORT,
    'templates/b.yaml': 'name: b\nbase: debian-12\nchecks: { goss: all.yaml }\n',
    'all.yaml':
      'gossfile:\n  x/*.yaml: {}\n  /etc/goss.d/*.yaml: {}\n  up: { file: ../../up.yaml }\n  "[x": {}\n  templates: {}\n',
  });
  assert.equal(await problemsIn(all), [
    'all.yaml:2:3 no file is like `x/*.yaml`',
    'all.yaml:3:3 `/etc/goss.d/*.yaml` leads out of the workspace',
    'all.yaml:4:15 `../../up.yaml` leads out of the workspace',
    'all.yaml:5:3 `[x` is no pattern: a [ is not closed',
    'all.yaml:6:3 `templates` is a folder, but must be a file',
    'templates/web.yaml:3:17 there is no file `a.yml` in the workspace (did you mean `a.yaml`?)',
  ]);
});

test('files that include each other are told, by whatever name', async () => {
  await using workspace = await sampleWorkspace(
    files('{ goss: sub/a.yaml }', {
      'sub/a.yaml': `gossfile: { b.yaml: {} }\n${PORT}`,
      'sub/b.yaml': 'gossfile: { "linked/*.yaml": {} }\n',
    }),
  );
  await symlink('.', join(workspace.root, 'sub/linked'));
  const problems = (await workspace.load()).problems.map(problemLine);
  assert.equal(problems, [
    'sub/b.yaml:1:13 these files include each other: sub/a.yaml → sub/b.yaml → sub/a.yaml',
    'sub/b.yaml:1:13 these files include each other: sub/b.yaml → sub/b.yaml',
  ]);
});

test('one file can be taken twice, and a check can be repeated, but not otherwise', async () => {
  const both = (second: string) =>
    files('{ goss: a.yaml, gossfile: { "../b.yaml": {} } }', {
      'a.yaml': `gossfile: { b.yaml: {} }\n${PORT}`,
      'b.yaml': second,
    });
  assert.equal(await problemsIn(both(PORT)), []);
  assert.equal(await problemsIn(both('port: { "tcp:80": { listening: false } }\n')), [
    'a.yaml:2:9 `port tcp:80` is checked twice, and not for the same (it is on line 1 of b.yaml, too; goss would forget one of them)',
  ]);
});

const TEMPLATE = 'Go templates and their variables are not supported: goss would run `{{ … }}` here';

test('a Go template is told with its line, and a comment is none', async () => {
  const goss = `# {{ .Vars.x }}
matching:
  a: { content: {{ .Vars.a }}, matches: 1 } # and {{ here }}
{{ range mkSlice "a" "b" }}
  b: { content: "x # {{ .Env.B }}", matches: 1 }
  c: { content: "\\x7b{ .Literal }}", matches: 1 }
  d:
    content: |
      # {{ text }}
    matches: 1
{{ end }}
`;
  const problems = await problemsIn(files('{ goss: goss.yaml }', { 'goss.yaml': goss }));
  assert.equal(
    problems.map((line) => line.replace(/ \(.*/, '')),
    [3, 4, 5, 9, 11].map((line, index) => `goss.yaml:${line}:${[17, 1, 22, 9, 1][index]} ${TEMPLATE}`),
  );
  const literal = files('{ goss: goss.yaml }', {
    'goss.yaml':
      '# {{ x }}\nmatching: { c: { content: "\\x7b{ .Literal }}", matches: "\\x7b{ .Literal }}" } }\n',
  });
  assert.equal(await checksOf(literal), {
    matching: { c: { content: '{{ .Literal }}', matches: '{{ .Literal }}' } },
  });
});

test("in a template only the checks are looked at for Go's templates", async () => {
  const text = `${LEAST}converge:
  - ansible: { playbook: site.yml, vars: { x: "{{ y }}" } }
checks:
  command: { "true": { exit-status: 0, stdout: ["!{{ .Env.SECRET }}"] } }
# {{ a comment }}
allow-changes: [{ resource: "{{ x }}", reason: x }]
`;
  const problems = await problemsIn({ ...GOOD, 'templates/web.yaml': text, 'site.yml': '' });
  assert.equal(
    problems.map((line) => line.replace(/ \(.*/, '')),
    [`templates/web.yaml:6:51 ${TEMPLATE}`],
  );
  const whole =
    '{ name: web, base: debian-12, checks: { matching: { a: { content: "{{x}}", matches: a } } } }\n';
  const [inBraces = ''] = await problemsIn({ ...GOOD, 'templates/web.yaml': whole });
  assert.match(inBraces, 'templates/web.yaml:1:68 Go templates');
});

test('all is told at once, also of the goss file of a template that is not valid', async () => {
  const problems = await problemsIn({
    ...GOOD,
    'templates/web.yaml': 'name: web\nbase: debian-12\nforms: [ocy]\nchecks: { goss: a.yaml }\n',
    'a.yaml': 'prot: {}\n',
  });
  assert.equal(
    problems.map((line) => line.split(' ')[0]),
    ['a.yaml:1:1', 'templates/web.yaml:3:9'],
  );
});

test('a goss file anywhere is read by itself', async ({ signal }) => {
  await using workspace = await sampleWorkspace({});
  const folder = join(workspace.root, 'elsewhere');
  await mkdir(join(folder, 'parts'), { recursive: true });
  await writeFile(join(folder, 'goss.yaml'), `gossfile: { "parts/*": {} }\n${PORT}`);
  await writeFile(join(folder, 'parts/a'), 'gossfile: { ../goss.yaml: {} }\n');
  const root = await realRootOf(folder, { called: 'that folder', shown: 'elsewhere/' });
  const { checks, files: read, problems } = await loadGossFile(root, 'goss.yaml', signal);
  assert.equal(checks, { port: { 'tcp:80': { listening: true } } });
  assert.equal(read, ['elsewhere/goss.yaml', 'elsewhere/parts/a']);
  assert.equal(problems.map(problemLine), [
    'elsewhere/parts/a:1:13 these files include each other: goss.yaml → parts/a → goss.yaml',
  ]);
});

test.run();
