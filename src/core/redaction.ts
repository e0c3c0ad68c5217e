/** What is shorter would take half of every text with it. */
const SHORTEST = 4;
const CONCEALED = '[secret]';

/** Everything that this process must not say, longest first. */
let concealed: string[] = [];

/** From now on `redact` takes this text out, line by line and in the forms in which programs write it. */
export function concealText(text: string): void {
  const lines = text.split('\n').map((line) => line.trim());
  const found = [text, text.trim(), ...lines].filter((part) => part.length >= SHORTEST).flatMap(formsOf);
  concealed = [...new Set([...concealed, ...found])].sort((a, b) => b.length - a.length);
}

/** A text without anything that was concealed: raw, base64, URL- or JSON-escaped. */
export function redact(text: string): string {
  let shown = text;
  for (const part of concealed) if (shown.includes(part)) shown = shown.replaceAll(part, CONCEALED);
  return shown;
}

function formsOf(text: string): string[] {
  const url = encodeURIComponent(text);
  return [
    text,
    JSON.stringify(text).slice(1, -1),
    url,
    url.replaceAll('%20', '+'),
    url.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()),
    ...base64Cores(Buffer.from(text)),
  ].filter((form) => form.length >= SHORTEST);
}

/**
 * The base64 of a text wherever it stands in what is encoded: three bytes become four characters, so there are three
 * ways in which it can be cut, and the characters at both ends belong to its neighbours too.
 */
function base64Cores(bytes: Buffer): string[] {
  const cores = [0, 1, 2].map((shift) => {
    const encoded = Buffer.concat([Buffer.alloc(shift), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    const own = encoded.slice(Math.ceil((shift * 8) / 6));
    return (bytes.length + shift) % 3 === 0 ? own : own.slice(0, -1);
  });
  return cores.flatMap((core) => [core, core.replaceAll('+', '-').replaceAll('/', '_')]);
}
