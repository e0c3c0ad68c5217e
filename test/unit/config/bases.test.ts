import * as assert from 'uvu/assert';
import { suite } from '../../support/suite.ts';
import { baseProblems, DEBIAN, GOOD, LEAST, problemsIn, sampleWorkspace } from './sample-workspace.ts';

const test = suite('bases');
const DIGEST = `sha256:${'0a'.repeat(32)}`;

test('each source loads with the name of its file', async () => {
  await using workspace = await sampleWorkspace({
    ...GOOD,
    'templates/bases/small.yaml': 'debian: trixie\nmirror: https://mirror.example/debian\n',
    'templates/bases/pinned.yaml': `image: registry.example:5000/team/app:1.2@${DIGEST}\n`,
    'templates/bases/hardened.yaml': 'name: hardened\nbake: web\n',
  });
  const { problems, bases } = await workspace.load();
  assert.equal(problems, []);
  assert.equal(
    ['small', 'pinned', 'hardened'].map((name) => bases.get(name)?.value),
    [
      { name: 'small', debian: 'trixie', include: [], boot: [], mirror: 'https://mirror.example/debian' },
      { name: 'pinned', image: `registry.example:5000/team/app:1.2@${DIGEST}` },
      { name: 'hardened', bake: 'web' },
    ],
  );
});

test('a base has exactly one source', async () => {
  const purpose = 'it says what a clean machine starts from';
  assert.equal(await baseProblems('include: [dbus]\n'), [
    `1:1 the file needs one of \`debian\`, \`image\`, \`disk\`, \`ami\` or \`bake\`: ${purpose}`,
  ]);
  assert.equal(await baseProblems('debian: bookworm\nimage: debian:12\n'), [
    `1:1 the file has \`debian\` and \`image\`, but takes only one of them: ${purpose}`,
  ]);
});

test('a misspelt source is told once', async () => {
  assert.equal(await baseProblems('debain: bookworm\n'), [
    '1:1 unknown key `debain` (did you mean `debian`?)',
  ]);
});

test('an AMI is somebody’s, by a name and for an architecture', async () => {
  await using workspace = await sampleWorkspace({
    ...GOOD,
    'templates/bases/vendor.yaml': 'ami: { owner: "136693071363", name: debian-12-amd64-* }\n',
  });
  const { problems, bases } = await workspace.load();
  assert.equal(problems, []);
  assert.equal(bases.get('vendor')?.value, {
    name: 'vendor',
    ami: { owner: '136693071363', name: 'debian-12-amd64-*', architecture: 'x86_64' },
  });
  assert.equal(await baseProblems('ami: { owner: debian, name: x }\n'), [
    "1:15 `ami.owner` is not an account's number of 12 digits, self or amazon",
  ]);
  assert.equal(await baseProblems('ami: { owner: 136693071363, architecture: amd64, nam: x }\n'), [
    '1:15 `ami.owner` must be in quotes: an account may begin with a zero',
    '1:43 `ami.architecture` must be `x86_64` or `arm64`, but is the text `amd64`',
    '1:50 unknown key `nam` (did you mean `name`?)',
  ]);
});

test('a disk is taken by its digest, from a URL or a path', async () => {
  const sha256 = '0a'.repeat(32);
  await using workspace = await sampleWorkspace({
    ...GOOD,
    'templates/bases/cloud.yaml': `disk: https://cloud.example/a.qcow2\nsha256: ${sha256}\n`,
  });
  const { problems, bases } = await workspace.load();
  assert.equal(problems, []);
  assert.equal(bases.get('cloud')?.value, { name: 'cloud', disk: 'https://cloud.example/a.qcow2', sha256 });
  assert.equal(await baseProblems('disk: a.qcow2\n'), [
    '1:1 `sha256` is missing: a disk image is taken by the digest of its file',
  ]);
  assert.equal(await baseProblems(`disk: ftp://x/a\nsha256: ${'0A'.repeat(32)}\n`), [
    '1:7 `disk` must be an http or https URL, or a path',
    '2:9 `sha256` is not a sha256: 64 lower-case hex digits',
  ]);
  assert.equal(await baseProblems(`debian: bookworm\nsha256: ${sha256}\n`), [
    '2:1 `sha256` is only for a `disk:` base',
  ]);
});

test('packages belong to a Debian base', async () => {
  assert.equal(await baseProblems('image: debian:12\ninclude: [dbus]\n'), [
    '2:1 `include` is only for a `debian:` base',
  ]);
});

test('names that could be read as options, or as more than a name, are refused', async () => {
  assert.equal(await baseProblems('debian: --help\n'), [
    '1:9 `debian` is not a Debian suite, as in bookworm',
  ]);
  assert.equal(
    await baseProblems(
      'debian: bookworm\ninclude: [-x, "a,b", "a b", "libc6:i386", "nginx=1.22.1-9+deb12u1"]\n',
    ),
    [
      "2:11 `include[0]` is not a Debian package's name",
      "2:15 `include[1]` is not a Debian package's name",
      "2:22 `include[2]` is not a Debian package's name",
    ],
  );
});

test('a mirror is a URL without a password', async () => {
  assert.equal(await baseProblems('debian: bookworm\nmirror: mirror.example\n'), [
    '2:9 `mirror` must be a URL that starts with http://, https:// or file://',
  ]);
  assert.equal(await baseProblems('debian: bookworm\nmirror: https://me:secret@mirror.example/debian\n'), [
    '2:9 `mirror` must not carry a password: it would be seen in the process list',
  ]);
});

test('a digest is whole', async () => {
  const message = '`image` is not an image reference: NAME:TAG, or NAME@sha256: and 64 lower-case hex digits';
  assert.equal(await baseProblems('image: debian@sha256:abc\n'), [`1:8 ${message}`]);
  assert.equal(await baseProblems('image: "debian 12"\n'), [`1:8 ${message}`]);
  assert.equal(await baseProblems('image: -debian\n'), [`1:8 ${message}`]);
});

test('the name in the file is the name of the file', async () => {
  assert.equal(await baseProblems('name: debian-11\ndebian: bookworm\n'), [
    '1:7 `name` is `debian-11`, but the file is templates/bases/debian-12.yaml (write `name: debian-12`, or rename the file)',
  ]);
});

test('an unknown base is told with the nearest, or with those there are', async () => {
  const files = { 'templates/bases/debian-12.yaml': DEBIAN };
  assert.equal(await problemsIn({ ...files, 'templates/web.yaml': 'name: web\nbase: debian-21\n' }), [
    'templates/web.yaml:2:7 there is no base `debian-21` (did you mean `debian-12`?)',
  ]);
  assert.equal(await problemsIn({ ...files, 'templates/web.yaml': 'name: web\nbase: alpine\n' }), [
    'templates/web.yaml:2:7 there is no base `alpine` (the bases are: debian-12)',
  ]);
  assert.equal(await problemsIn({ 'templates/web.yaml': LEAST }), [
    'templates/web.yaml:2:7 there is no base `debian-12` (write it in the folder templates/bases/)',
  ]);
});

test('a base whose file is broken is there', async () => {
  assert.equal(await problemsIn({ 'templates/web.yaml': LEAST, 'templates/bases/debian-12.yaml': '' }), [
    'templates/bases/debian-12.yaml:1:1 the file is empty',
  ]);
});

test('a base of a template that is not there is told', async () => {
  assert.equal(await problemsIn({ ...GOOD, 'templates/bases/hardened.yaml': 'bake: wbe\n' }), [
    'templates/bases/hardened.yaml:1:7 there is no template `wbe` whose image this could start from (did you mean `web`?)',
  ]);
});

test('a template that would be made from itself is told with the whole way round', async () => {
  assert.equal(
    await problemsIn({
      'templates/a.yaml': 'name: a\nbase: from-b\n',
      'templates/b.yaml': 'name: b\nbase: from-a\nconvrge: []\n',
      'templates/c.yaml': 'name: c\nbase: from-a\n',
      'templates/d.yaml': 'name: d\nbase: from-d\n',
      'templates/bases/from-a.yaml': 'bake: a\n',
      'templates/bases/from-b.yaml': 'bake: b\n',
      'templates/bases/from-d.yaml': 'bake: d\n',
    }),
    [
      'templates/a.yaml:2:7 this image would be made from itself: a → base from-b → b → base from-a → a',
      'templates/b.yaml:2:7 this image would be made from itself: b → base from-a → a → base from-b → b',
      'templates/b.yaml:3:1 unknown key `convrge` (did you mean `converge`?)',
      'templates/d.yaml:2:7 this image would be made from itself: d → base from-d → d',
    ],
  );
});

test.run();
