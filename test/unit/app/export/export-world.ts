import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough, type Writable } from 'node:stream';
import type { ExportFormat } from '../../../../src/app/export/export-format.ts';
import { exportImage } from '../../../../src/app/export/export-image.ts';
import type { ExportImages } from '../../../../src/app/export/export-ports.ts';
import { openFileCatalogue } from '../../../../src/catalogue/file-store.ts';
import type { ImageForm } from '../../../../src/catalogue/record.ts';
import { canonicalJson, type Digest, digestOf } from '../../../../src/core/digest.ts';
import type { TarInput } from '../../../../src/core/tar/member.ts';
import { scanTree } from '../../../../src/tree/capture.ts';
import type { TreeSource } from '../../../../src/tree/source.ts';
import { sampleDraft, temporaryHome } from '../../catalogue/sample-record.ts';
import { archive } from '../../core/tar/bytes.ts';
import { file, folder, hardlink, sourceOf, symlink } from '../../tree/sample-tree.ts';

/** A tree with one of everything, and bytes that are no text. */
export const TREE: readonly TarInput[] = [
  folder('usr'),
  folder('usr/bin', { mode: 0o2755, gid: 50 }),
  file('usr/bin/ping', 'ELF', {
    mode: 0o755,
    xattrs: { 'security.capability': 'AQAAAgAgAAAAAAAAAAAAAAAAAAA=' },
  }),
  folder('etc'),
  file('etc/motd', 'hello\n', { uid: 4_000_000, gid: 7 }),
  hardlink('etc/motd-2', 'etc/motd'),
  symlink('etc/link', 'motd'),
  file('etc/empty'),
  { ...file('etc/null'), type: 'character', device: [1, 3] },
  { ...file('etc/pipe'), type: 'fifo' },
  file(`etc/${'long-'.repeat(30)}`, 'x'),
];

/** The archive that `docker save` of 20.10 writes of an image: layers in folders of their own, an equal one as a link. */
export async function savedImage(layers: readonly Buffer[]) {
  const diffIds = layers.map((layer) => digestOf(layer));
  const config = Buffer.from(
    canonicalJson({ architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: diffIds } }),
  );
  const id = digestOf(config);
  const name = (digest: Digest) => digest.slice('sha256:'.length);
  const body = (path: string, bytes: Buffer): TarInput => file(path, '', { size: bytes.length, body: bytes });
  const members = layers.flatMap((layer, index) => [
    folder(`layer-${index}`),
    body(`layer-${index}/VERSION`, Buffer.from('1.0')),
    body(`layer-${index}/layer.tar`, layer),
  ]);
  const manifest = [
    {
      Config: `${name(id)}.json`,
      RepoTags: null,
      Layers: layers.map((_, index) => `layer-${index}/layer.tar`),
    },
  ];
  const json = [
    body(`${name(id)}.json`, config),
    body('manifest.json', Buffer.from(JSON.stringify(manifest))),
  ];
  return { id, diffIds, config, bytes: await archive([...members, ...json]) };
}

export interface WorldOptions {
  readonly forms?: readonly ('oci' | 'disk')[];
  /** What the engine gives as the image's tree; TREE when not given. */
  readonly tree?: TreeSource;
  /** What becomes of what the engine writes as `docker save` does. */
  readonly saving?: (bytes: Buffer) => AsyncIterable<Uint8Array>;
  /** What is in the disk's file, which no test here reads as a disk. */
  readonly disk?: string;
}

export const DISK = 'the bytes of a disk';

/** A catalogue with web@1, whose tree is TREE, and an engine that has it. */
export async function exportWorld(options: WorldOptions = {}) {
  const { forms = ['oci', 'disk'], tree = sourceOf(TREE), disk = DISK } = options;
  const home = await temporaryHome();
  const out = join(home.path, 'out');
  await mkdir(out);
  const saved = await savedImage([Buffer.from('one'), Buffer.from('two'), Buffer.from('one')]);
  const { digest } = await scanTree(sourceOf(TREE), new AbortController().signal);
  const catalogue = openFileCatalogue(home.path);
  await mkdir(join(home.path, 'images'), { recursive: true });
  await writeFile(join(home.path, 'images/web.qcow2'), disk);
  const boot = { file: 'images/web.kernel', digest: digestOf('kernel') };
  const all: ImageForm[] = [
    { kind: 'oci', digest: saved.id, tag: 'kiln/web:1' },
    {
      kind: 'disk',
      digest: digestOf(DISK),
      file: 'images/web.qcow2',
      size: DISK.length,
      boot: { kernel: boot, initrd: boot, options: '' },
    },
  ];
  await catalogue.publish({ ...sampleDraft(), digest }, async () =>
    all.filter(({ kind }) => forms.some((one) => one === kind)),
  );
  const image = {
    id: saved.id,
    diffIds: saved.diffIds,
    architecture: 'amd64',
    created: '2026-01-01T00:00:00Z',
    run: { Labels: { 'kiln.digest': digest } },
    volumes: [],
    tags: ['kiln/web:1'],
    repoDigests: [],
  };
  const engine: ExportImages = {
    inspect: async (ref) => (ref === saved.id || ref === 'kiln/web:1' ? image : undefined),
    readTree: async () => tree,
    save: () => (options.saving ?? once)(saved.bytes),
  };
  const notes: string[] = [];
  const progress: [string, number][] = [];
  return {
    home: home.path,
    out,
    catalogue,
    saved,
    digest,
    notes,
    progress,
    async export(
      format: ExportFormat,
      more: {
        readonly name?: string;
        readonly force?: boolean;
        readonly compression?: 'zstd';
        readonly stdout?: Writable;
        readonly signal?: AbortSignal;
      } = {},
    ) {
      const { name = 'web', force = false, compression, stdout, signal = AbortSignal.timeout(9_000) } = more;
      return await exportImage(
        {
          image: 'web',
          format,
          force,
          ...(stdout === undefined ? { file: join(out, name) } : {}),
          ...(compression === undefined ? {} : { compression }),
        },
        {
          catalogue,
          engine: async () => engine,
          home: home.path,
          work: join(home.path, 'work'),
          stdout: stdout ?? new PassThrough(),
          onProgress: (what, percent) => void progress.push([what, percent]),
          note: (message) => void notes.push(message),
          onCleanup: () => {},
        },
        signal,
      );
    },
    /** What lies in the folder that is written to, and what of the export's own is left. */
    async left() {
      return [...(await readdir(out)), ...(await readdir(join(home.path, 'work')).catch(() => []))];
    },
    [Symbol.asyncDispose]: home[Symbol.asyncDispose],
  };
}

async function* once(bytes: Buffer): AsyncGenerator<Uint8Array> {
  yield bytes;
}
