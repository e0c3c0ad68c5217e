import type { RunOptions } from './bake-workspace.ts';

/** Sends a signal once, when the program has said this, or so many milliseconds after. */
export function killAt(
  text: string | RegExp,
  name: NodeJS.Signals,
  after?: number,
): Required<Pick<RunOptions, 'onStderr'>> {
  let said = '';
  let sent = false;
  return {
    onStderr(piece, kill) {
      said += piece;
      if (sent || (typeof text === 'string' ? !said.includes(text) : !text.test(said))) return;
      sent = true;
      if (after === undefined) kill(name);
      else setTimeout(() => kill(name), after);
    },
  };
}
