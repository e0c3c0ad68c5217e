import { decodeName } from '../core/tar/name.ts';
import { type Debugfs, type ExtVolume, startDebugfs } from './debugfs.ts';

/** One name in an ext file system. */
export interface VolumePath {
  /** As in a tar; see `core/tar/name.ts`. */
  readonly path: string;
  readonly inode: number;
  /** Type and permissions, as in stat(2). */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Bytes; 0 for folders. */
  readonly size: number;
}

const ROOT = 2;
const LOST_AND_FOUND = 'lost+found';
const TYPE = 0o170000;
const FOLDER = 0o040000;

/**
 * Every path of a file system but its root, and its `lost+found` where that is empty; a folder comes before what is in
 * it. A name is any bytes but a slash, which is why debugfs puts slashes between what it tells of it:
 * `/INODE/MODE/UID/GID/NAME/SIZE/`.
 */
export async function walkVolume(debugfs: Debugfs): Promise<VolumePath[]> {
  const found: VolumePath[] = [];
  const folders: { readonly inode: number; readonly path: string }[] = [{ inode: ROOT, path: '' }];
  const visited = new Set([ROOT]);
  debugfs.ask(`ls -p <${ROOT}>\n`);
  // Grows while it is gone through: a folder's answer asks for the folders in it.
  for (const folder of folders) {
    for (const entry of await readFolder(debugfs, folder.inode)) {
      const path = folder.path === '' ? entry.path : `${folder.path}/${entry.path}`;
      found.push({ ...entry, path });
      if ((entry.mode & TYPE) !== FOLDER) continue;
      if (visited.has(entry.inode)) throw new Error(`the folder ${path} is there twice`);
      visited.add(entry.inode);
      folders.push({ inode: entry.inode, path });
      debugfs.ask(`ls -p <${entry.inode}>\n`);
    }
  }
  const hasFound = found.some(({ path }) => path.startsWith(`${LOST_AND_FOUND}/`));
  return hasFound ? found : found.filter(({ path }) => path !== LOST_AND_FOUND);
}

/** The answer to one `ls -p`: an entry a line, and an empty line. */
async function readFolder({ answers }: Debugfs, inode: number): Promise<VolumePath[]> {
  const entries: VolumePath[] = [];
  let own: number | undefined;
  for (let line = await answers.line(); line !== ''; line = await answers.line()) {
    if (line === undefined) throw new Error('a folder’s entries are cut short');
    if (own === undefined) line = line.replace(/^debugfs: +/, '');
    let fields = line.split('/');
    // A name may hold newlines.
    while (fields.length < 8) {
      const more = await answers.line();
      if (more === undefined) throw new Error('a folder’s entries are cut short');
      line += `\n${more}`;
      fields = line.split('/');
    }
    const [before, number, mode, uid, gid, name = '', size, after] = fields;
    if (before !== '' || after !== '' || fields.length !== 8) throw new Error(`no entry: ${line}`);
    own ??= Number(number);
    // Room that no name has any more has no inode.
    if (name === '.' || name === '..' || number === '0') continue;
    entries.push({
      path: decodeName(Buffer.from(name, 'latin1')),
      inode: Number(number),
      mode: Number.parseInt(mode ?? '', 8),
      // It prints them with a sign.
      uid: Number(uid) >>> 0,
      gid: Number(gid) >>> 0,
      size: Number(size),
    });
  }
  if (own !== inode) throw new Error(`folder ${inode} was asked for, and ${own} answered`);
  return entries;
}

/** Every path of a volume: see `walkVolume`. */
export async function listVolume(volume: ExtVolume, signal: AbortSignal): Promise<VolumePath[]> {
  await using debugfs = startDebugfs(volume, false, signal);
  try {
    return await walkVolume(debugfs);
  } catch (error) {
    throw await debugfs.failure(error);
  }
}
