import { type FileHandle, open } from 'node:fs/promises';

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

  private constructor(file: FileHandle) {
    this.#file = file;
  }

  static async create(path: string): Promise<Spool> {
    return new Spool(await open(path, 'wx+', 0o600));
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

  async #flush(): Promise<void> {
    if (this.#pending.length === 0) return;
    const pieces = this.#pending;
    const position = this.#end - this.#pendingBytes;
    this.#pending = [];
    this.#pendingBytes = 0;
    await this.#file.writev(pieces, position);
  }
}
