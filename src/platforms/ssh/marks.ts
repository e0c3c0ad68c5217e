/** Where a program's output begins and ends; see remote-program.ts. */
export interface Marks {
  onStart(): void;
  /** With what the program ended; its children may print on. */
  onExit(exitCode: number): void;
}

/**
 * A program's own output out of a stream with marks: nothing that comes before its start, and no mark. What came
 * before is given to `onNoise`.
 */
export async function* withoutMarks(
  source: AsyncIterable<Uint8Array>,
  mark: string,
  marks: Marks,
  onNoise: (text: string) => void,
): AsyncGenerator<Buffer> {
  let started = false;
  let held: Buffer = Buffer.alloc(0);
  for await (const piece of source) {
    held = held.length === 0 ? Buffer.from(piece) : Buffer.concat([held, piece]);
    for (let at = held.indexOf(mark); at >= 0; at = held.indexOf(mark)) {
      const end = held.indexOf('\n', at);
      if (end < 0) break;
      const word = held.toString('latin1', at + mark.length + 1, end);
      const before = held.subarray(0, at);
      held = held.subarray(end + 1);
      if (!started) onNoise(before.toString('utf8'));
      else if (before.length > 0) yield before;
      if (word === 'start') {
        started = true;
        marks.onStart();
      } else marks.onExit(Number(word));
    }
    const free = held.length - heldBack(held, mark);
    if (free === 0) continue;
    const out = held.subarray(0, free);
    held = held.subarray(free);
    if (started) yield out;
    else onNoise(out.toString('utf8'));
  }
  if (held.length === 0) return;
  if (started) yield held;
  else onNoise(held.toString('utf8'));
}

/** How many bytes at the end may be those of a mark that is not whole yet. */
function heldBack(bytes: Buffer, mark: string): number {
  const whole = bytes.indexOf(mark);
  if (whole >= 0) return bytes.length - whole;
  for (let length = Math.min(mark.length - 1, bytes.length); length > 0; length--) {
    if (mark.startsWith(bytes.toString('latin1', bytes.length - length))) return length;
  }
  return 0;
}
