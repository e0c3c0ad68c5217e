import type { Output } from '../../../src/ui/display.ts';

/** A terminal's stand-in that keeps what is written. */
export function capturedOutput(): Output & { text(): string; lines(): string[] } {
  let text = '';
  return {
    write: (chunk) => {
      text += chunk;
    },
    text: () => text,
    lines: () => text.split('\n').slice(0, -1),
  };
}
