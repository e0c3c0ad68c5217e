/** What is shorter would take half of every text with it. */
const SHORTEST = 4;

/** The texts by which a secret is known: whole and line by line, in the forms in which programs write it. */
export function secretForms(text: string): string[] {
  const lines = text.split('\n').map((line) => line.trim());
  return [text, text.trim(), ...lines].filter((part) => part.length >= SHORTEST).flatMap(formsOf);
}

function formsOf(text: string): string[] {
  const bytes = Buffer.from(text);
  return [
    text,
    ...jsonForms(text),
    ...urlForms(bytes.toString()),
    text.replaceAll("'", `'\\''`),
    ...base64Cores(bytes),
    ...wrappedBase64(bytes),
  ].filter((form) => form.length >= SHORTEST);
}

/** As JavaScript writes it, as Go does, which escapes HTML's characters, and as Python does, which escapes all but ASCII. */
function jsonForms(text: string): string[] {
  const json = JSON.stringify(text).slice(1, -1);
  const html = json.replace(/[<>&\u2028\u2029]/g, unicodeEscape);
  return [
    json,
    html,
    json.replace(/[^\0-\x7e]/g, unicodeEscape),
    json.replace(/[\x7f-\x9f\u2028-\u202e\u2066-\u2069]/g, unicodeEscape),
  ];
}

function unicodeEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** With and without what some leave as it is, blanks as `+`, in either case. */
function urlForms(text: string): string[] {
  const loose = encodeURIComponent(text);
  const strict = loose.replace(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`);
  const forms = [loose, strict].flatMap((url) => [url, url.replaceAll('%20', '+')]);
  return forms.flatMap((url) => [url, url.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase())]);
}

/** The lines that `base64` (76 columns) and PEM (64) make of it. */
function wrappedBase64(bytes: Buffer): string[] {
  const whole = bytes.toString('base64').replace(/=+$/, '');
  return [64, 76].flatMap((width) =>
    whole.length <= width ? [] : (whole.match(new RegExp(`.{1,${width}}`, 'g')) ?? []),
  );
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
