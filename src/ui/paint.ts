import { styleText } from 'node:util';

export type Colour = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';

// styleText would ask stdout whether it is a terminal, and not the stream that we write to
const ANY_STREAM = { validateStream: false };

/** Colours a text, or leaves it as it is where colours are not wanted. */
export type Paint = (colour: Colour, text: string) => string;

/** A stream and an environment, as far as the choice of colours and progress asks them. */
export interface Terminal {
  readonly isTTY?: boolean;
}

/** Colours for a terminal, unless NO_COLOR is set (no-color.org) or the terminal is a dumb one. */
export function paintFor(stream: Terminal, env: NodeJS.ProcessEnv): Paint {
  const wanted = stream.isTTY === true && !env['NO_COLOR'] && env['TERM'] !== 'dumb';
  return wanted ? (colour, text) => styleText(colour, text, ANY_STREAM) : plain;
}

/** No colours at all. */
export const plain: Paint = (_colour, text) => text;
