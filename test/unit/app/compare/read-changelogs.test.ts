import { gzipSync } from 'node:zlib';
import * as assert from 'uvu/assert';
import { type ChangelogPorts, readChangelogs } from '../../../../src/app/compare/read-changelogs.ts';
import type { VersionChange } from '../../../../src/catalogue/diff.ts';
import { openFileCatalogue } from '../../../../src/catalogue/file-store.ts';
import { digestOf } from '../../../../src/core/digest.ts';
import type { TarInput } from '../../../../src/core/tar/member.ts';
import { scanTree } from '../../../../src/tree/capture.ts';
import { writeManifest } from '../../../../src/tree/manifest.ts';
import type { TreeSource } from '../../../../src/tree/source.ts';
import { rejects } from '../../../support/rejects.ts';
import { suite } from '../../../support/suite.ts';
import { sampleDraft, sampleForms, temporaryHome } from '../../catalogue/sample-record.ts';
import { file, hardlink, sourceOf, symlink } from '../../tree/sample-tree.ts';

const test = suite('changelogs of upgraded packages');

const text = (source: string, ...versions: string[]) =>
  versions
    .map(
      (version) => `${source} (${version}) stable; urgency=high\n\n  * of ${version}\n\n -- A <a@b>  Mon\n`,
    )
    .join('\n');
const bytes = (path: string, body: Buffer) => file(path, '', { body, size: body.length });
const packed = (path: string, content: string) => bytes(path, gzipSync(content));
const upgraded = (name: string, from = '1-1', to = '2-1'): VersionChange => ({
  name,
  arch: 'amd64',
  from,
  to,
});
const said = (version: string) => ({
  version,
  about: 'stable; urgency=high',
  lines: [`  * of ${version}`],
  date: 'Mon',
});

interface World {
  readonly tree: readonly TarInput[];
  readonly changes: readonly VersionChange[];
  /** What is read instead of the tree. */
  readonly source?: TreeSource;
  readonly inEngine?: boolean;
  readonly withManifest?: boolean;
  readonly onEngine?: () => void;
}

async function changelogs(
  { tree, changes, source, inEngine = true, withManifest = true, onEngine }: World,
  signal: AbortSignal,
) {
  await using home = await temporaryHome();
  const catalogue = openFileCatalogue(home.path);
  const { digest, manifest } = await scanTree(sourceOf(tree), signal);
  if (withManifest) await writeManifest(catalogue.manifestPath(digest), manifest);
  const draft = sampleDraft({ digest, manifest: { digest, file: 'images/x' } });
  const { name } = await catalogue.publish(draft, sampleForms());
  const ports: ChangelogPorts = {
    catalogue,
    home: home.path,
    work: home.path,
    async engine() {
      onEngine?.();
      const inspect = async (id: string) =>
        inEngine
          ? { id: digestOf('image'), run: { Labels: { 'kiln.digest': digest } }, named: id }
          : undefined;
      const readTree = async () => source ?? sourceOf(tree);
      return { inspect, readTree } as unknown as Awaited<ReturnType<ChangelogPorts['engine']>>;
    },
    onProgress() {},
    onCleanup() {},
  };
  const after = { name, digest, bytes: 0, created: '' };
  const packages = { upgraded: changes, downgraded: [], added: [], removed: [] };
  return await readChangelogs({ after, packages }, ports, signal);
}

test('each package’s entries between its versions are read from the image, native ones too', async ({
  signal,
}) => {
  const tree = [
    packed('usr/share/doc/foo/changelog.Debian.gz', text('foo', '2-1', '1.5-1', '1-1')),
    packed('usr/share/doc/foo/changelog.gz', 'upstream’s own words'),
    packed('usr/share/doc/native/changelog.gz', text('native', '2', '1')),
    file('usr/share/doc/plain/changelog.Debian', text('plain', '2-1', '1-1')),
  ];
  const changes = [upgraded('foo'), upgraded('native', '1', '2'), upgraded('plain')];
  assert.equal(await changelogs({ tree, changes }, signal), [
    { packages: ['foo'], from: '1-1', to: '2-1', entries: [said('2-1'), said('1.5-1')], cut: false },
    { packages: ['native'], from: '1', to: '2', entries: [said('2')], cut: false },
    { packages: ['plain'], from: '1-1', to: '2-1', entries: [said('2-1')], cut: false },
  ]);
});

test('a documentation folder or a changelog that is a link is followed, and what says the same is told once', async ({
  signal,
}) => {
  const tree = [
    packed('usr/share/doc/foo/changelog.Debian.gz', text('foo', '2-1', '1-1')),
    symlink('usr/share/doc/libfoo', 'foo'),
    symlink('usr/share/doc/foo-dev/changelog.Debian.gz', '../libfoo/changelog.Debian.gz'),
    hardlink('usr/share/doc/foo-bin/changelog.Debian.gz', 'usr/share/doc/foo/changelog.Debian.gz'),
    packed('usr/share/doc/foo-copy/changelog.Debian.gz', text('foo', '2-1', '1-1')),
  ];
  const names = ['foo', 'foo-bin', 'foo-copy', 'foo-dev', 'libfoo'];
  assert.equal(await changelogs({ tree, changes: names.map((name) => upgraded(name)) }, signal), [
    { packages: names, from: '1-1', to: '2-1', entries: [said('2-1')], cut: false },
  ]);
});

test('a package without a changelog, or with a bad one, is told with the reason', async ({ signal }) => {
  const tree = [
    file('usr/share/doc/bad/changelog.Debian.gz', 'no gzip'),
    bytes('usr/share/doc/torn/changelog.Debian.gz', gzipSync(text('torn', '2-1')).subarray(0, 40)),
    packed('usr/share/doc/other/changelog.Debian.gz', text('other', '5-1', '4-1')),
    packed('usr/share/doc/bomb/changelog.gz', `${' '.repeat(1023)}\n`.repeat(17 * 1024)),
    packed('usr/share/doc/line/changelog.gz', ' '.repeat(17 * 1024 * 1024)),
    symlink('usr/share/doc/loop', 'loop'),
  ];
  const names = ['bad', 'torn', 'other', 'bomb', 'line', 'loop', 'excluded'];
  const read = await changelogs({ tree, changes: names.map((name) => upgraded(name)) }, signal);
  assert.equal(
    read.map(({ packages, entries, unknown }) => [packages.join(), entries.length, unknown]),
    [
      ['bad', 0, '/usr/share/doc/bad/changelog.Debian.gz cannot be read: incorrect header check'],
      ['torn', 0, '/usr/share/doc/torn/changelog.Debian.gz cannot be read: unexpected end of file'],
      ['other', 0, '/usr/share/doc/other/changelog.Debian.gz has no entry between these versions'],
      ['bomb', 0, '/usr/share/doc/bomb/changelog.gz cannot be read: it unpacks to far too much'],
      ['line', 0, '/usr/share/doc/line/changelog.gz cannot be read: it has a line without an end'],
      ['loop', 0, 'the image has no changelog of it'],
      ['excluded', 0, 'the image has no changelog of it'],
    ],
  );
});

test('the tree is read no further than the last changelog, and not at all where there is none', async ({
  signal,
}) => {
  const tree = [packed('usr/share/doc/foo/changelog.Debian.gz', text('foo', '2-1', '1-1'))];
  const source: TreeSource = {
    async *read(signal) {
      yield* sourceOf(tree).read(signal);
      throw new Error('it was read on');
    },
  };
  assert.is((await changelogs({ tree, changes: [upgraded('foo')], source }, signal)).length, 1);
  const onEngine = () => assert.unreachable('the engine was asked');
  assert.equal(await changelogs({ tree, changes: [], onEngine, withManifest: false }, signal), []);
  const [none] = await changelogs({ tree, changes: [upgraded('bar')], onEngine }, signal);
  assert.is(none?.unknown, 'the image has no changelog of it');
});

test('an image whose forms or manifest are gone is named', async ({ signal }) => {
  const tree = [packed('usr/share/doc/foo/changelog.Debian.gz', text('foo', '2-1', '1-1'))];
  const changes = [upgraded('foo')];
  await rejects(changelogs({ tree, changes, inEngine: false }, signal), { code: 'FORM_MISSING' });
  await rejects(changelogs({ tree, changes, withManifest: false }, signal), { code: 'RECORD_DAMAGED' });
});

test.run();
