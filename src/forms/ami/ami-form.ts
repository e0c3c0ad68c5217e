import { randomUUID } from 'node:crypto';
import { mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Digest } from '../../core/digest.ts';
import { Fault } from '../../core/fault.ts';
import type { Scope } from '../../core/scope.ts';
import { shellQuote } from '../../core/shell-quote.ts';
import type { TarMember } from '../../core/tar/member.ts';
import { convertDisk } from '../../disks/convert-disk.ts';
import { diskData } from '../../disks/disk-data.ts';
import type { DiskFile } from '../../disks/disk-info.ts';
import { diskTree } from '../../disks/disk-tree.ts';
import type { AmiRef, Form, Mastered, PublishedAmi } from '../form.ts';
import type { AmiStore, NewAmi, NewSnapshot } from './ami-store.ts';

export interface AmiFormOptions {
  readonly store: AmiStore;
  /** A folder for large temporary files. */
  readonly work: string;
}

export interface AmiFormSpec {
  readonly bake: string;
  readonly template: string;
  /** The disk form's, which boots by itself: the AMI's disk has the very bytes that a machine sees of it. */
  readonly disk: DiskFile;
  /** As images of containers have it: `amd64`, `arm64`. */
  readonly architecture: string;
  /** Bytes of the root disk, where it is to be larger than the disk. */
  readonly volume?: number;
  readonly encrypted?: boolean;
  /** ARN of a KMS key. */
  readonly key?: string;
  /** Besides those of Kiln. */
  readonly tags?: Readonly<Record<string, string>>;
  /** Hears how much of it is written, 0 to 100. */
  readonly onPercent?: (percent: number) => void;
}

export interface MasteredAmi extends Mastered<AmiRef> {
  publish(template: string, version: number): Promise<PublishedAmi>;
}

export interface AmiForm extends Form<AmiFormSpec, AmiRef> {
  master(...given: Parameters<Form<AmiFormSpec, AmiRef>['master']>): Promise<MasteredAmi>;
}

const ARCHITECTURES: Readonly<Record<string, string>> = { amd64: 'x86_64', arm64: 'arm64' };

/** AMIs whose disk is the disk form's, written as a snapshot without an instance. */
export function amiForm({ store, work }: AmiFormOptions): AmiForm {
  return {
    kind: 'ami',
    async master(tree, spec, scope, signal) {
      const { bake, template, disk, volume, tags = {} } = spec;
      const architecture = ARCHITECTURES[spec.architecture] ?? spec.architecture;
      const of = { bake, template, tags };
      const snapshot = await withFile(work, 'ami', disk.file, scope, async (raw) => {
        await convertDisk({ from: disk, to: { file: raw, format: 'raw' }, outOfOrder: true, signal });
        const [{ size }, data] = await Promise.all([stat(raw), diskData(raw, signal)]);
        return await store.writeSnapshot(
          { ...of, ...encryption(spec), file: raw, size, data },
          scope,
          signal,
        );
      });
      const description = `${template}, baked by Kiln from ${tree.digest}`;
      const larger = volume === undefined ? {} : { volume };
      const image = await store.register(
        { ...of, ...larger, snapshot: snapshot.id, architecture, description },
        scope,
        signal,
      );
      return masteredAmi(store, of, architecture, tree.digest, snapshot, image);
    },

    async readTree({ snapshots: [snapshot], digest }, scope) {
      if (snapshot === undefined) throw new Error('an AMI without a snapshot has no tree');
      return { read: (signal) => readAmi(store, work, { snapshot, digest }, scope, signal) };
    },
  };
}

function encryption({ encrypted, key, onPercent }: AmiFormSpec) {
  return {
    ...(encrypted === undefined ? {} : { encrypted }),
    ...(key === undefined ? {} : { key }),
    ...(onPercent === undefined ? {} : { onPercent }),
  };
}

function masteredAmi(
  store: AmiStore,
  of: Parameters<AmiStore['name']>[3],
  architecture: string,
  tree: Digest,
  snapshot: NewSnapshot,
  image: NewAmi,
): MasteredAmi {
  const { region } = store;
  const { id } = image;
  const snapshots = [snapshot.id];
  const { digest } = snapshot;
  return {
    ref: { kind: 'ami', region, id, snapshots, digest },
    async publish(template, version) {
      const signal = new AbortController().signal;
      await store.name([id, ...snapshots], `${template}@${version}`, tree, of, signal);
      const account = await store.account(signal);
      const owned = account === undefined ? {} : { account };
      return { kind: 'ami', region, ...owned, id, snapshots, architecture, digest };
    },
    keep() {
      image.keep();
      snapshot.keep();
    },
  };
}

/** Reads the snapshot back as a disk, which must be the one that was written, and that disk's tree. */
async function* readAmi(
  store: AmiStore,
  work: string,
  { snapshot, digest }: { readonly snapshot: string; readonly digest: Digest | undefined },
  scope: Scope,
  signal: AbortSignal,
): AsyncGenerator<TarMember> {
  await using file = await temporaryFile(work, 'snapshot', snapshot, scope);
  const read = await store.readSnapshot(snapshot, file.path, signal);
  if (digest !== undefined && read !== digest) {
    throw new Fault(
      'VERIFY_MISMATCH',
      `the snapshot ${snapshot} holds ${read}, and ${digest} was written to it`,
      {
        hint: 'Bake it again; when it happens once more, keep the log and report it.',
      },
    );
  }
  yield* diskTree({ file: file.path, format: 'raw' }, work, scope).read(signal);
}

async function withFile<T>(
  work: string,
  name: string,
  of: string,
  scope: Scope,
  use: (path: string) => Promise<T>,
): Promise<T> {
  await using file = await temporaryFile(work, name, of, scope);
  return await use(file.path);
}

/** The path of a file that is gone after its use; the scope removes it when its use is given up. */
async function temporaryFile(
  work: string,
  name: string,
  of: string,
  scope: Scope,
): Promise<{ readonly path: string } & AsyncDisposable> {
  await mkdir(work, { recursive: true });
  const path = join(work, `${name}-${randomUUID()}.raw`);
  const remove = () => rm(path, { force: true });
  const forget = scope.defer(`copy of ${of}`, remove, `rm -f ${shellQuote(path)}`);
  return {
    path,
    async [Symbol.asyncDispose]() {
      await remove();
      forget();
    },
  };
}
