import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import * as assert from 'uvu/assert';
import { diffImages } from '../../../../src/app/compare/diff-images.ts';
import { sinceImage, sinceRecord } from '../../../../src/app/compare/since-image.ts';
import { listImages } from '../../../../src/app/list-images.ts';
import { showImage } from '../../../../src/app/show-image.ts';
import { openFileCatalogue } from '../../../../src/catalogue/file-store.ts';
import type { InstalledPackage, Inventory, PackageFiles } from '../../../../src/catalogue/inventory.ts';
import type { BakeKey } from '../../../../src/catalogue/record.ts';
import type { Catalogue } from '../../../../src/catalogue/store.ts';
import { packPackageFiles } from '../../../../src/catalogue/stored-package-files.ts';
import { writeFileAtomically } from '../../../../src/core/atomic-file.ts';
import { digestOf } from '../../../../src/core/digest.ts';
import { byPath, type TreeEntry } from '../../../../src/tree/entry.ts';
import { manifestDigest, writeManifest } from '../../../../src/tree/manifest.ts';
import { rejects } from '../../../support/rejects.ts';
import { suite } from '../../../support/suite.ts';
import { NO_INVENTORY, sampleDraft, sampleForms, temporaryHome } from '../../catalogue/sample-record.ts';

const test = suite('difference of two images');

const at = { mode: 0o644, uid: 0, gid: 0 };
const file = (path: string, content = 'x', mode = 0o644): TreeEntry => ({
  path,
  type: 'file',
  ...at,
  mode,
  size: content.length,
  sha256: digestOf(content).slice(7),
});
const folder = (path: string): TreeEntry => ({ path, type: 'directory', ...at, mode: 0o755 });
const link = (path: string, target: string): TreeEntry => ({
  path,
  type: 'symlink',
  ...at,
  mode: 0o777,
  target,
});
const installed = (name: string, version: string): InstalledPackage => ({ name, version, arch: 'amd64' });

interface Sample {
  readonly tree: readonly TreeEntry[];
  readonly packages?: readonly InstalledPackage[];
  readonly owned?: readonly PackageFiles[];
  readonly inventory?: Partial<Inventory>;
  readonly key?: Partial<BakeKey['parts']>;
}

/** Publishes an image with its manifest and its packages' files, as a bake does. */
async function publish(catalogue: Catalogue, { tree, packages = [], owned = [], inventory, key }: Sample) {
  const manifest = [...tree].sort(byPath);
  const digest = manifestDigest(manifest);
  await writeFileAtomically(catalogue.packageFilesPath(digest), await packPackageFiles(owned));
  await writeManifest(catalogue.manifestPath(digest), manifest);
  const draft = sampleDraft({
    digest,
    manifest: { digest, file: 'images/x' },
    inventory: { ...NO_INVENTORY, packages, ...inventory },
  });
  const bakeKey = { ...draft.bakeKey, parts: { ...draft.bakeKey.parts, ...key } };
  return await catalogue.publish({ ...draft, bakeKey }, sampleForms());
}

async function diffOf(before: Sample, after: Sample) {
  await using home = await temporaryHome();
  const catalogue = openFileCatalogue(home.path);
  await publish(catalogue, before);
  await publish(catalogue, after);
  return await diffImages('web@1', 'web@2', catalogue);
}

const outside = ({ files }: Awaited<ReturnType<typeof diffOf>>) =>
  [...(files?.configuration ?? []), ...(files?.outside ?? [])].map(({ path }) => path);

test('files of an upgraded package are counted, and the rest is named', async () => {
  const owned = [{ name: 'nginx', paths: ['/usr/sbin/nginx', '/etc/nginx/mime.types'] }];
  const diff = await diffOf(
    {
      tree: [file('usr/sbin/nginx', 'old'), file('etc/motd', 'old')],
      packages: [installed('nginx', '1')],
      owned,
    },
    {
      tree: [
        file('usr/sbin/nginx', 'new'),
        file('etc/motd', 'new'),
        file('etc/nginx/mime.types'),
        file('srv/page'),
      ],
      packages: [installed('nginx', '2')],
      owned,
    },
  );
  assert.equal(outside(diff), ['etc/motd', 'srv/page']);
  assert.is(diff.files?.byPackages, 2);
  assert.equal(sinceImage(diff), {
    name: 'web@1',
    lines: ['1 package upgraded', '2 files changed outside packages'],
    why: ['nothing that went in'],
  });
});

test("a package's file that changed while the package did not is outside packages", async () => {
  const owned = [{ name: 'nginx', paths: ['/usr/sbin/nginx'] }];
  const packages = [installed('nginx', '1')];
  const diff = await diffOf(
    { tree: [file('usr/sbin/nginx', 'old')], packages, owned },
    { tree: [file('usr/sbin/nginx', 'new')], packages, owned },
  );
  assert.equal(outside(diff), ['usr/sbin/nginx']);
});

test('an edited configuration file of an upgraded package is outside packages', async () => {
  const tree = (content: string) => [file('etc/nginx/nginx.conf', content)];
  const theirs = [{ name: 'nginx', paths: ['/etc/nginx/nginx.conf'] }];
  const edited = [{ name: 'nginx', paths: [] }];
  const [one, two] = [[installed('nginx', '1')], [installed('nginx', '2')]];
  const conf = ['etc/nginx/nginx.conf'];
  assert.equal(
    outside(
      await diffOf(
        { tree: tree('a'), packages: one, owned: theirs },
        { tree: tree('b'), packages: two, owned: theirs },
      ),
    ),
    [],
  );
  assert.equal(
    outside(
      await diffOf(
        { tree: tree('a'), packages: one, owned: theirs },
        { tree: tree('b'), packages: two, owned: edited },
      ),
    ),
    conf,
  );
  assert.equal(
    outside(
      await diffOf(
        { tree: tree('a'), packages: one, owned: edited },
        { tree: tree('b'), packages: two, owned: theirs },
      ),
    ),
    conf,
  );
});

test('a package that lists /bin/tool owns usr/bin/tool where bin is a link', async () => {
  const base = [link('bin', 'usr/bin'), folder('usr'), folder('usr/bin')];
  const owned = [{ name: 'tool', paths: ['/bin/tool'] }];
  const diff = await diffOf(
    { tree: base },
    { tree: [...base, file('usr/bin/tool')], packages: [installed('tool', '1')], owned },
  );
  assert.equal(outside(diff), []);
  assert.is(diff.files?.byPackages, 1);
});

test('a link belongs to the package that it leads to, through other links too', async () => {
  const links = [
    link('lib', 'usr/lib'),
    link('etc/systemd/system/multi-user.target.wants/tool.service', '/lib/systemd/system/tool.service'),
    link('usr/bin/editor', '/etc/alternatives/editor'),
    link('etc/alternatives/editor', '/usr/bin/tool'),
    link('etc/loop', 'loop'),
  ];
  const owned = [{ name: 'tool', paths: ['/lib/systemd/system/tool.service', '/usr/bin/tool'] }];
  const files = [file('usr/lib/systemd/system/tool.service'), file('usr/bin/tool')];
  const diff = await diffOf(
    { tree: [] },
    { tree: [...links, ...files], packages: [installed('tool', '1')], owned },
  );
  assert.equal(outside(diff), ['etc/loop', 'lib']);
});

test('enabling a service of a package that did not change is outside packages', async () => {
  const owned = [{ name: 'tool', paths: ['/usr/lib/tool.service'] }];
  const packages = [installed('tool', '1')];
  const base = [file('usr/lib/tool.service')];
  const wants = link('etc/wants/tool.service', '/usr/lib/tool.service');
  const diff = await diffOf({ tree: base, packages, owned }, { tree: [...base, wants], packages, owned });
  assert.equal(outside(diff), ['etc/wants/tool.service']);
});

test("the package manager's own files are counted apart", async () => {
  const diff = await diffOf(
    { tree: [file('var/lib/dpkg/status', 'a'), file('etc/ld.so.cache', 'a')] },
    { tree: [file('var/lib/dpkg/status', 'b'), file('etc/ld.so.cache', 'b'), file('var/lib/dpkgs')] },
  );
  assert.equal(outside(diff), ['var/lib/dpkgs']);
  assert.is(diff.files?.byPackageManager, 2);
});

test('a folder that came with its files is not named beside them, an empty one is', async () => {
  const diff = await diffOf(
    { tree: [] },
    { tree: [folder('srv'), folder('srv/a'), file('srv/a/b'), folder('srv/c')] },
  );
  assert.equal(outside(diff), ['srv/a/b', 'srv/c']);
});

test('a file that becomes set-uid is named even when a package brought it', async () => {
  const owned = [{ name: 'tool', paths: ['/usr/bin/tool'] }];
  const diff = await diffOf(
    {
      tree: [file('usr/bin/tool'), file('usr/bin/su', 'su', 0o4755)],
      packages: [installed('tool', '1')],
      owned,
    },
    {
      tree: [file('usr/bin/tool', 'y', 0o2755), file('usr/bin/su', 'su', 0o755)],
      packages: [installed('tool', '2')],
      owned,
    },
  );
  assert.equal(diff.files?.setUid, {
    added: [{ path: 'usr/bin/tool', bit: 'set-gid', as: 0, package: 'tool' }],
    removed: [{ path: 'usr/bin/su', bit: 'set-uid', as: 0 }],
  });
});

test('a set-uid file that gets another owner lost one right and gained another', async () => {
  const diff = await diffOf(
    { tree: [file('usr/bin/tool', 'x', 0o6755)] },
    { tree: [{ ...file('usr/bin/tool', 'x', 0o6755), uid: 33 }] },
  );
  assert.equal(diff.files?.setUid, {
    added: [{ path: 'usr/bin/tool', bit: 'set-uid', as: 33 }],
    removed: [{ path: 'usr/bin/tool', bit: 'set-uid', as: 0 }],
  });
});

test('what is configured below /etc is told apart from other files, unless a package that changed brought it', async () => {
  const owned = [{ name: 'tool', paths: ['/etc/tool.conf', '/usr/bin/tool'] }];
  const tree = (content: string) => [
    file('etc/tool.conf', content),
    file('etc/motd', content),
    folder('etc/tool.d'),
    file('etcetera', content),
    file('srv/page', content),
    file('usr/bin/tool', content),
  ];
  const diff = await diffOf(
    { tree: tree('a'), packages: [installed('tool', '1')], owned },
    { tree: [...tree('b'), file('etc/tool.d/own')], packages: [installed('tool', '2')], owned },
  );
  const paths = (changes: readonly { readonly path: string }[] = []) => changes.map(({ path }) => path);
  assert.equal(paths(diff.files?.configuration), ['etc/motd', 'etc/tool.d/own']);
  assert.equal(paths(diff.files?.outside), ['etcetera', 'srv/page']);
  assert.is(diff.files?.byPackages, 2);
  assert.equal(sinceImage(diff).lines.at(-1), '4 files changed outside packages');
});

test('a size is told by package and by folder, the largest change first', async () => {
  const owned = [{ name: 'tool', paths: ['/usr/bin/tool', '/usr/lib/tool'] }];
  const diff = await diffOf(
    {
      tree: [file('usr/bin/tool', '12'), file('srv/www/a/page', '123456'), file('same'), file('etc/x', 'a')],
      packages: [installed('tool', '1')],
      owned,
    },
    {
      tree: [
        file('usr/bin/tool', '1234'),
        file('usr/lib/tool', '1'),
        file('same'),
        file('etc/x', 'b'),
        file('f'),
      ],
      packages: [installed('tool', '2')],
      owned,
    },
  );
  assert.equal(diff.files?.growth, [
    { what: '/srv/www', bytes: -6 },
    { what: 'tool', bytes: 3 },
    { what: '/', bytes: 1 },
  ]);
});

test('the programs that baked are compared, kiln aside', async () => {
  await using home = await temporaryHome();
  const catalogue = openFileCatalogue(home.path);
  await catalogue.publish(sampleDraft({ tools: { kiln: '1', engine: '20', qemu: '7' } }), sampleForms());
  await catalogue.publish(sampleDraft({ tools: { kiln: '2', engine: '25', puppet: '8' } }), sampleForms());
  assert.equal((await diffImages('web@1', 'web@2', catalogue)).tools, [
    { name: 'engine', kind: 'changed', from: '20', to: '25' },
    { name: 'puppet', kind: 'added', to: '8' },
    { name: 'qemu', kind: 'removed', from: '7' },
  ]);
});

test('the same content is the same, whatever else the records say', async () => {
  await using home = await temporaryHome();
  const catalogue = openFileCatalogue(home.path);
  await publish(catalogue, { tree: [file('a')] });
  // as in a virtual machine, where the first was a container
  const ports = [{ protocol: 'tcp', address: '0.0.0.0', port: 22 }] as const;
  const key = { template: digestOf('another'), tool: 'kiln 0.2.0' };
  await publish(catalogue, { tree: [file('a')], key, inventory: { ports } });
  const diff = await diffImages('web@1', 'web@2', catalogue);
  assert.is(diff.same, true);
  assert.equal(
    diff.why.map(({ part }) => part),
    ['template', 'tool'],
  );
  assert.equal(diff.files?.outside, []);
  assert.equal(sinceImage(diff).lines, ['the same content']);
  assert.equal(sinceImage(diff).why, ['template', 'kiln']);
});

test('two records alone say what changed and why, less the files', async () => {
  await using home = await temporaryHome();
  const catalogue = openFileCatalogue(home.path);
  const first = await publish(catalogue, { tree: [file('a')], packages: [installed('a', '1')] });
  const key = { base: digestOf('another'), bundle: digestOf('another') };
  const second = await publish(catalogue, { tree: [file('b')], packages: [installed('a', '2')], key });
  const third = await publish(catalogue, { tree: [file('c')], packages: [installed('a', '2')], key });
  const fourth = await publish(catalogue, { tree: [file('c')], packages: [installed('x', '1')], key });
  assert.equal(sinceRecord(first, second), {
    name: 'web@1',
    lines: ['1 package upgraded'],
    why: ['base', 'bundle'],
  });
  assert.equal(sinceRecord(second, third).lines, ['only files changed']);
  assert.equal(sinceRecord(third, fourth).lines, ['the same content']);
  assert.equal(sinceRecord(third, fourth).why, ['nothing that went in']);
});

test('without a manifest everything but the files is compared', async () => {
  await using home = await temporaryHome();
  const catalogue = openFileCatalogue(home.path);
  await catalogue.publish(sampleDraft({ inventory: NO_INVENTORY }), sampleForms());
  await publish(catalogue, { tree: [file('a')], packages: [installed('new', '1')] });
  const diff = await diffImages('web@1', 'web@2', catalogue);
  assert.is(diff.files, undefined);
  assert.is(diff.filesUnknown, 'the content manifest of web@1 is gone');
  assert.equal(sinceImage(diff).lines, ['1 package added']);
});

test('a damaged list of packages is named', async () => {
  await using home = await temporaryHome();
  const catalogue = openFileCatalogue(home.path);
  const first = await publish(catalogue, { tree: [file('a')] });
  await publish(catalogue, { tree: [file('b')] });
  const list = catalogue.packageFilesPath(first.digest);
  await mkdir(dirname(list), { recursive: true });
  await writeFile(list, 'torn');
  const fault = await rejects(diffImages('web@1', 'web@2', catalogue), { code: 'RECORD_DAMAGED' });
  assert.equal(fault.details, [list]);
});

test('the summary tells every kind of change with the noun once', async () => {
  const user = { name: 'app', uid: 100, gid: 100, home: '/', shell: '/bin/sh' };
  const unit = { unit: 'a.service', state: 'enabled' };
  const diff = await diffOf(
    {
      tree: [],
      packages: [installed('a', '1'), installed('b', '1'), installed('d', '2')],
      inventory: { services: [unit] },
    },
    {
      tree: [file('x')],
      packages: [installed('a', '2'), installed('b', '2'), installed('c', '1'), installed('d', '1')],
      inventory: {
        users: [user],
        services: [
          { ...unit, state: 'masked' },
          { unit: 'b.service', state: 'static' },
        ],
      },
    },
  );
  assert.equal(sinceImage(diff).lines, [
    '2 packages upgraded, 1 downgraded, 1 added',
    '1 file changed outside packages',
    '1 service added, 1 changed',
    '1 user added',
  ]);
});

test('an image that is not there cannot be compared', async () => {
  await using home = await temporaryHome();
  await rejects(diffImages('web@1', 'web@2', openFileCatalogue(home.path)), { code: 'IMAGE_UNKNOWN' });
});

test('a list shows the newest of each template and says how many more there are', async () => {
  await using home = await temporaryHome();
  const catalogue = openFileCatalogue(home.path);
  for (const tree of [[file('a')], [file('b')], [file('c')]]) await publish(catalogue, { tree });
  await writeFile(`${home.path}/records/web/3.json`, '{');
  const list = await listImages(catalogue, { limit: 2 });
  assert.equal(
    list.images.map(({ name, ms, forms }) => [name, ms, forms]),
    [['web@2', 7000, ['oci']]],
  );
  assert.equal(
    list.damaged.map(({ name, file }) => [name, file]),
    [['web@3', `${home.path}/records/web/3.json`]],
  );
  assert.is(list.more, 1);
  assert.equal((await listImages(catalogue, { template: 'app', limit: 2 })).images, []);
});

test('an image is shown with where its manifest is', async () => {
  await using home = await temporaryHome();
  const catalogue = openFileCatalogue(home.path);
  await publish(catalogue, { tree: [file('a')] });
  const second = await publish(catalogue, { tree: [file('b')] });
  const shown = await showImage(catalogue, 'web');
  assert.equal(shown.record, second);
  assert.is(shown.manifestFile, catalogue.manifestPath(second.digest));
});

test.run();
