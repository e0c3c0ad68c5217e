/** Ends a line for systemd. */
const NEWLINE = '\n\r';
/** What a backslash between double quotes takes the meaning from. */
const ESCAPED = '"\\`$';

/**
 * What systemd reads from a file of EnvironmentFile=, for the lines that we write: by systemd.exec(5) and, where that
 * is silent, by the states of its src/basic/env-file.c. Throws for what we never write: text outside of quotes.
 */
export function readAsSystemd(text: string): Map<string, string> {
  const variables = new Map<string, string>();
  let at = 0;
  const next = () => {
    const character = text[at++];
    if (character === undefined) throw new Error('the file ends in the middle of a variable');
    return character;
  };
  while (at < text.length) {
    if (NEWLINE.includes(text[at] ?? '')) {
      at++;
      continue;
    }
    let [name, value] = ['', ''];
    for (let character = next(); character !== '='; character = next()) name += character;
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) throw new Error(`${JSON.stringify(name)} is no variable`);
    if (next() !== '"') throw new Error(`${name} has no quotes`);
    for (let character = next(); character !== '"'; character = next()) {
      if (character !== '\\') value += character;
      else value += unescaped(next());
    }
    if (!NEWLINE.includes(next())) throw new Error(`${name} goes on after its quotes`);
    variables.set(name, value);
  }
  return variables;
}

function unescaped(character: string): string {
  if (ESCAPED.includes(character)) return character;
  return character === '\n' ? '' : `\\${character}`;
}
