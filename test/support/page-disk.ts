import { existsSync } from 'node:fs';
import { copyFile, mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { canonicalJson, digestOf, shortDigest } from '../../src/core/digest.ts';
import { digestOfFile } from '../../src/core/file-digest.ts';
import { cacheHome } from '../../src/core/home.ts';
import { withLock } from '../../src/core/lock.ts';
import { Scope } from '../../src/core/scope.ts';
import type { TarMember } from '../../src/core/tar/member.ts';
import { diskForm } from '../../src/forms/disk/disk-form.ts';
import type { Vm } from '../../src/platforms/platform.ts';
import { captureTree } from '../../src/tree/capture.ts';
import type { TreeSource } from '../../src/tree/source.ts';
import { Spool } from '../../src/tree/spool.ts';
import { bootableTree } from './bootable-tree.ts';
import { PAGE_SERVER } from './page-server.ts';

const CACHE = join(cacheHome(), 'tests');
const SIZE = 2 * 1024 ** 3;
const UNIT = 'etc/systemd/system/page.service';
const WANTED = 'etc/systemd/system/multi-user.target.wants/page.service';
const PROGRAM = 'opt/page.pl';

/**
 * A disk whose virtual machines serve the page that containers of `PAGE_SERVER` do. It is mastered the first time that
 * any test asks for it, and kept in the cache.
 */
export async function pageDisk(signal: AbortSignal): Promise<Vm> {
  const { source, epoch } = await bootableTree(signal);
  const key = shortDigest(digestOf(canonicalJson({ epoch, page: [...PAGE_SERVER], unit: unitText() })));
  const file = join(CACHE, `page-${key}.qcow2`);
  await withLock(`${file}.lock`, signal, async () => {
    if (!existsSync(file)) await masterPage(withPage(source, epoch), epoch, file, signal);
  });
  const kernel = {
    file: `${file}.kernel`,
    initrd: `${file}.initrd`,
    options: 'root=PARTLABEL=root rw console=ttyS0',
  };
  const digest = await digestOfFile(file, signal);
  return { memory: 512, cpus: 2, disk: { file, format: 'qcow2', digest, kernel } };
}

async function masterPage(
  source: TreeSource,
  epoch: number,
  file: string,
  signal: AbortSignal,
): Promise<void> {
  const work = `${file}.work`;
  await rm(work, { recursive: true, force: true });
  await mkdir(work, { recursive: true });
  await using scope = new Scope();
  scope.defer('work', () => rm(work, { recursive: true, force: true }));
  await using spool = await Spool.create(join(work, 'spool'));
  const tree = await captureTree(source, { base: [], content: 'whole', epoch, spool, signal });
  const form = diskForm({ home: work, work });
  const spec = { bake: 'test', size: SIZE, compression: 'none', epoch } as const;
  const { ref, boot } = await form.master(tree, spec, scope, signal);
  await copyFile(boot.file, `${file}.kernel`);
  await copyFile(boot.initrd, `${file}.initrd`);
  await rename(ref.file, file);
}

/** The page's own files after all others, whose folders are there by then. */
function withPage(source: TreeSource, epoch: number): TreeSource {
  const owner = { uid: 0, gid: 0, mtime: epoch };
  const file = (path: string, text: string): TarMember => {
    const content = Buffer.from(text);
    return { ...owner, path, type: 'file', mode: 0o644, size: content.length, body: bytes(content) };
  };
  return {
    async *read(signal) {
      yield* source.read(signal);
      yield file(PROGRAM, PAGE_SERVER.at(-1) ?? '');
      yield file(UNIT, unitText());
      const link = { ...owner, path: WANTED, type: 'symlink', mode: 0o777, size: 0 } as const;
      yield { ...link, target: `/${UNIT}`, body: bytes() };
    },
  };
}

function unitText(): string {
  const command = ['/usr/bin/perl', ...PAGE_SERVER.slice(1, -2), `/${PROGRAM}`];
  return `[Service]\nExecStart=${command.join(' ')}\n\n[Install]\nWantedBy=multi-user.target\n`;
}

async function* bytes(...pieces: Buffer[]): AsyncGenerator<Buffer> {
  yield* pieces;
}
