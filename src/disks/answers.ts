/** Reads a program's output by lines and by lengths. Throws a plain Error when it ends too soon. */
export class Answers {
  readonly #pieces: AsyncIterator<Uint8Array>;
  #first: Promise<IteratorResult<Uint8Array>> | undefined;
  #piece: Buffer = Buffer.alloc(0);
  #at = 0;

  constructor(stream: AsyncIterable<Uint8Array>) {
    this.#pieces = stream[Symbol.asyncIterator]();
    // At once: Node drops what a program has said when it ends before anybody began to read.
    this.#first = this.#pieces.next();
    this.#first.catch(() => {});
  }

  /** The next line without its newline, each byte as one character; undefined at the end. */
  async line(): Promise<string | undefined> {
    for (let from = this.#at; ; ) {
      const end = this.#piece.indexOf(10, from);
      if (end >= 0) {
        const line = this.#piece.toString('latin1', this.#at, end);
        this.#at = end + 1;
        return line;
      }
      const known = this.#piece.length - this.#at;
      if (!(await this.#pull())) return known === 0 ? undefined : (await this.take(known)).toString('latin1');
      from = known;
    }
  }

  /** The next byte, which stays; undefined at the end. */
  async peek(): Promise<number | undefined> {
    if (this.#at === this.#piece.length && !(await this.#pull())) return undefined;
    return this.#piece[this.#at];
  }

  async take(length: number): Promise<Buffer> {
    while (this.#piece.length - this.#at < length) {
      if (!(await this.#pull())) throw new Error('its output is cut short');
    }
    return this.#cut(length);
  }

  /** What is at hand, from 1 byte to `most`. */
  async some(most: number): Promise<Buffer> {
    if ((await this.peek()) === undefined) throw new Error('its output is cut short');
    return this.#cut(Math.min(most, this.#piece.length - this.#at));
  }

  #cut(length: number): Buffer {
    const piece = this.#piece.subarray(this.#at, this.#at + length);
    this.#at += length;
    return piece;
  }

  /** Puts the next piece behind what is left of this one. */
  async #pull(): Promise<boolean> {
    const { done, value } = await (this.#first ?? this.#pieces.next());
    this.#first = undefined;
    if (done === true) return false;
    const next = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    const left = this.#piece.subarray(this.#at);
    this.#piece = left.length === 0 ? next : Buffer.concat([left, next]);
    this.#at = 0;
    return true;
  }
}
