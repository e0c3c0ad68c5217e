import { type FileHandle, mkdir, open, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Fault } from '../core/fault.ts';

/** Where a body lies in a spool. */
export interface Extent {
  readonly offset: number;
  readonly size: number;
}

const PIECE = 256 * 1024;

/** One file that takes file bodies one after another and gives any of them back: what differs from a base, written once. */
export class Spool implements AsyncDisposable {
  readonly #file: FileHandle;
  #end = 0;
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  /** Ends once all that was flushed is in the file. */
  #written: Promise<void> = Promise.resolve();

  private constructor(file: FileHandle) {
    this.#file = file;
  }

  /** The file has a name only for the moment of its making: it goes with the process, however that ends. */
  static async create(path: string): Promise<Spool> {
    await mkdir(dirname(path), { recursive: true });
    const file = await open(path, 'wx+', 0o600);
    await unlink(path);
    return new Spool(file);
  }

  /** Where the next body begins. */
  get end(): number {
    return this.#end;
  }

  /** Appends one piece of the current body. */
  async append(piece: Buffer): Promise<void> {
    this.#pending.push(piece);
    this.#pendingBytes += piece.length;
    this.#end += piece.length;
    if (this.#pendingBytes >= PIECE) await this.#flush();
  }

  /** A body's bytes, as a stream. */
  async *read({ offset, size }: Extent): AsyncGenerator<Buffer> {
    await this.#flush();
    for (let at = 0; at < size; ) {
      const piece = Buffer.allocUnsafe(Math.min(PIECE, size - at));
      const { bytesRead } = await this.#file.read(piece, 0, piece.length, offset + at);
      if (bytesRead === 0) throw new Error(`spool: cut short at ${offset + at}`);
      at += bytesRead;
      yield piece.subarray(0, bytesRead);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close();
  }

  /** Two readers may ask at once: the second waits for what the first has begun to write. */
  #flush(): Promise<void> {
    if (this.#pending.length === 0) return this.#written;
    const pieces = this.#pending;
    const position = this.#end - this.#pendingBytes;
    this.#pending = [];
    this.#pendingBytes = 0;
    this.#written = this.#written.then(() => writeAll(this.#file, pieces, position));
    return this.#written;
  }
}

async function writeAll(file: FileHandle, pieces: readonly Buffer[], position: number): Promise<void> {
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  try {
    const { bytesWritten } = await file.writev(pieces, position);
    if (bytesWritten < length)
      await file.write(Buffer.concat(pieces), bytesWritten, length - bytesWritten, position + bytesWritten);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    throw new Fault('DISK_FULL', 'no space is left for what the bake changed', {
      hint: 'Free some space in $KILN_HOME; nothing was published.',
      cause: error,
    });
  }
}
