import { inspect } from 'node:util';
import { concealText } from './redaction.ts';

/**
 * A value that must not be seen: printing, joining, serialising or inspecting it gives `[secret]`.
 *
 * `reveal` is the one way to its text. From its making on, `redact` takes it out of whatever this process says.
 */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
    concealText(text);
  }

  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return '[secret]';
  }

  toJSON(): string {
    return '[secret]';
  }

  [inspect.custom](): string {
    return '[secret]';
  }
}
