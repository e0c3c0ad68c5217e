import { buffer } from 'node:stream/consumers';
import * as assert from 'uvu/assert';
import { ociLayout } from '../../../../src/app/export/oci-layout.ts';
import { type Digest, digestOf } from '../../../../src/core/digest.ts';
import { suite } from '../../../support/suite.ts';
import { readAll } from '../../core/tar/bytes.ts';

const test = suite('an image as an OCI layout');

const CONFIG = Buffer.from('{"architecture":"amd64","os":"linux","rootfs":{}}');
const layer = (text: string) => ({
  digest: digestOf(text),
  size: text.length,
  async *read() {
    yield Buffer.from(text);
  },
});
// Two equal layers, as an image has that deletes what it added.
const LAYOUT = ociLayout({ config: CONFIG, layers: ['one', 'two', 'one'].map(layer), tag: 'kiln/web:7' });

test('every blob has the name of its bytes, and the index leads to each of them', async () => {
  const members = await readAll(await buffer(LAYOUT.bytes()));
  const files = new Map(members.map(({ path, content }) => [path, content]));
  assert.is(files.size, members.length, 'no path is there twice');
  for (const [path, content] of files)
    if (/^blobs\/sha256\/./.test(path)) assert.is(`sha256:${path.slice(13)}`, digestOf(content));
  const json = (path: string) => JSON.parse(files.get(path)?.toString() ?? 'null');
  const blob = (digest: Digest) => `blobs/sha256/${digest.slice(7)}`;
  assert.equal(json('oci-layout'), { imageLayoutVersion: '1.0.0' });
  const [found] = json('index.json').manifests;
  assert.equal(found.platform, { architecture: 'amd64', os: 'linux' });
  assert.is(found.annotations['org.opencontainers.image.ref.name'], '7');
  const manifest = json(blob(found.digest));
  assert.is(files.get(blob(found.digest))?.length, found.size);
  assert.is(manifest.config.digest, digestOf(CONFIG));
  assert.is(manifest.config.mediaType, 'application/vnd.oci.image.config.v1+json');
  assert.is(manifest.layers[0].mediaType, 'application/vnd.oci.image.layer.v1.tar');
  assert.equal(
    manifest.layers.map(({ digest, size }: { digest: Digest; size: number }) => [
      files.get(blob(digest))?.toString(),
      size,
    ]),
    [
      ['one', 3],
      ['two', 3],
      ['one', 3],
    ],
  );
  assert.equal(json('manifest.json'), [
    {
      Config: blob(digestOf(CONFIG)),
      RepoTags: ['kiln/web:7'],
      Layers: ['one', 'two', 'one'].map((text) => blob(digestOf(text))),
    },
  ]);
});

test('it is sorted, has no times, and its length is known before', async () => {
  const bytes = await buffer(LAYOUT.bytes());
  assert.is(bytes.length, LAYOUT.length);
  const members = await readAll(bytes);
  assert.ok(members.every(({ mtime, uid, gid }) => mtime === 0 && uid === 0 && gid === 0));
  const paths = members.map(({ path }) => path);
  assert.equal(paths, [...paths].sort());
  assert.equal(paths.slice(0, 2), ['blobs', 'blobs/sha256']);
});

test.run();
