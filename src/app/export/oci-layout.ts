import { canonicalJson, type Digest, digestOf } from '../../core/digest.ts';
import type { TarHeader, TarInput } from '../../core/tar/member.ts';
import { memberLength, TAR_END, writeTar } from '../../core/tar/writer.ts';
import type { Archive } from './tree-archive.ts';

/** One layer's archive, uncompressed, so that its digest is also its diff id. */
export interface LayerBlob {
  readonly digest: Digest;
  readonly size: number;
  readonly read: () => AsyncIterable<Uint8Array>;
}

export interface LayoutInput {
  /** The image config's bytes, whose digest is the image id. */
  readonly config: Buffer;
  /** From the lowest to the highest. */
  readonly layers: readonly LayerBlob[];
  /** `kiln/web:7` */
  readonly tag: string;
}

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const INDEX = 'application/vnd.oci.image.index.v1+json';
const CONFIG = 'application/vnd.oci.image.config.v1+json';
const LAYER = 'application/vnd.oci.image.layer.v1.tar';

/**
 * One image as an OCI image layout in a tar (image-spec, image-layout.md), with the manifest.json besides that older
 * engines load it by. Sorted, without times: equal images under one name are equal archives.
 */
export function ociLayout({ config, layers, tag }: LayoutInput): Archive {
  const { architecture, os } = JSON.parse(config.toString()) as { architecture: string; os: string };
  const configDigest = digestOf(config);
  const manifest = json({
    schemaVersion: 2,
    mediaType: MANIFEST,
    config: { mediaType: CONFIG, digest: configDigest, size: config.length },
    layers: layers.map(({ digest, size }) => ({ mediaType: LAYER, digest, size })),
  });
  const index = json({
    schemaVersion: 2,
    mediaType: INDEX,
    manifests: [
      {
        mediaType: MANIFEST,
        digest: digestOf(manifest),
        size: manifest.length,
        platform: { architecture, os },
        annotations: {
          'io.containerd.image.name': `docker.io/${tag}`,
          'org.opencontainers.image.ref.name': tag.slice(tag.lastIndexOf(':') + 1),
        },
      },
    ],
  });
  const forDocker = json([
    { Config: blobPath(configDigest), RepoTags: [tag], Layers: layers.map(({ digest }) => blobPath(digest)) },
  ]);
  const blobs = new Map<string, Content>([
    [blobPath(configDigest), config],
    [blobPath(digestOf(manifest)), manifest],
    ...layers.map((layer) => [blobPath(layer.digest), layer] as const),
  ]);
  const files = new Map<string, Content>([
    ...blobs,
    ['index.json', index],
    ['manifest.json', forDocker],
    ['oci-layout', json({ imageLayoutVersion: '1.0.0' })],
  ]);
  const folders = ['blobs', 'blobs/sha256'].map((path) => header(path, 'directory', 0));
  const members: Member[] = [
    ...folders.map((one) => ({ header: one })),
    ...[...files].map(([path, content]) => ({ header: header(path, 'file', sizeOf(content)), content })),
  ].sort((a, b) => (a.header.path < b.header.path ? -1 : 1));
  return {
    bytes: () => writeTar(inputs(members)),
    length: members.reduce((sum, member) => sum + memberLength(member.header), TAR_END.length),
  };
}

type Content = Buffer | LayerBlob;

interface Member {
  readonly header: TarHeader;
  readonly content?: Content;
}

function* inputs(members: readonly Member[]): Generator<TarInput> {
  for (const { header, content } of members) {
    if (content === undefined) yield header;
    else yield { ...header, body: Buffer.isBuffer(content) ? content : content.read() };
  }
}

function sizeOf(content: Content): number {
  return Buffer.isBuffer(content) ? content.length : content.size;
}

function header(path: string, type: 'file' | 'directory', size: number): TarHeader {
  return { path, type, mode: type === 'file' ? 0o644 : 0o755, uid: 0, gid: 0, size, mtime: 0 };
}

function blobPath(digest: Digest): string {
  return `blobs/sha256/${digest.replace(/^sha256:/, '')}`;
}

function json(value: unknown): Buffer {
  return Buffer.from(canonicalJson(value));
}
