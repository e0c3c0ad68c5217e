import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { shortDigest } from '../../core/digest.ts';
import { ownerOf } from '../../core/process-owner.ts';
import type { Scope } from '../../core/scope.ts';
import { shellQuote } from '../../core/shell-quote.ts';
import { diskTree } from '../../disks/disk-tree.ts';
import type { Tree } from '../../tree/capture.ts';
import type { DiskRef, Form, Mastered, PublishedDisk } from '../form.ts';
import type { BootDiskFiles } from './boot-disk.ts';
import { placeImage, removeImage, syncFile } from './image-files.ts';
import { markOf } from './image-mark.ts';
import { DEFAULT_OPTIONS, type DiskSpec, type MadeDisk, masterDisk } from './master-disk.ts';

export interface DiskFormOptions {
  /** `$KILN_HOME`: disks are published to `images/` in it. */
  readonly home: string;
  /** A folder for large temporary files, on the same file system. */
  readonly work: string;
}

export interface MasteredDisk extends Mastered<DiskRef> {
  /** By which it starts without its loader; files beside it, where it is until it is published. */
  readonly boot: BootDiskFiles['kernel'];
  publish(template: string, version: number): Promise<PublishedDisk>;
  /** It was made for another form, and is not published itself: its files go. */
  discard(): Promise<void>;
}

export interface DiskForm extends Form<DiskSpec, DiskRef> {
  master(...given: Parameters<Form<DiskSpec, DiskRef>['master']>): Promise<MasteredDisk>;
}

/** Disks that boot by themselves under UEFI, each a qcow2 file in `$KILN_HOME/images/`, named by its tree and its bytes. */
export function diskForm({ home, work }: DiskFormOptions): DiskForm {
  return {
    kind: 'disk',
    async master(tree, spec, scope, signal) {
      const id = randomUUID();
      const owner = `${id} ${await ownerOf(process.pid)}`;
      const folder = join(work, `master-${spec.bake}-${id}`);
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const remove = () => rm(folder, { recursive: true, force: true });
      const forget = scope.defer(`folder ${folder}`, remove, `rm -rf ${shellQuote(folder)}`);
      const made = await masterDisk(tree, spec, folder, signal);
      const mastered = masteredDisk(home, owner, tree, spec, made, scope);
      const discard = async () => {
        await remove();
        forget();
      };
      return {
        ...mastered,
        discard,
        async publish(template, version) {
          const published = await mastered.publish(template, version);
          await discard();
          return published;
        },
      };
    },
    readTree: async (ref, scope) => diskTree({ file: ref.file, format: 'qcow2' }, work, scope),
  };
}

function masteredDisk(
  home: string,
  owner: string,
  tree: Tree,
  { options = DEFAULT_OPTIONS }: DiskSpec,
  { file, digest, size, kernel, initrd }: MadeDisk,
  scope: Scope,
): Omit<MasteredDisk, 'discard'> {
  const name = join('images', tree.digest.replace('sha256:', ''), `${shortDigest(digest)}.qcow2`);
  const to = join(home, name);
  // It is long on disk by the time that it is published, and nobody waits for it.
  const synced = Promise.all(['', '.kernel', '.initrd'].map((part) => syncFile(`${file}${part}`)));
  synced.catch(() => {});
  let forget = () => {};
  return {
    ref: { kind: 'disk', digest, file },
    boot: { file: `${file}.kernel`, initrd: `${file}.initrd`, options },
    async publish() {
      await synced;
      const quoted = shellQuote(to);
      forget = scope.defer(`disk ${to}`, () => removeImage(to, owner), `rm -f ${quoted} ${quoted}.*`);
      await placeImage(file, to, digest, owner);
      return {
        kind: 'disk',
        digest,
        file: name,
        size,
        boot: {
          kernel: { file: `${name}.kernel`, digest: kernel },
          initrd: { file: `${name}.initrd`, digest: initrd },
          options,
        },
      };
    },
    keep() {
      rmSync(markOf(to), { force: true });
      forget();
    },
  };
}
