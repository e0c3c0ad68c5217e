/**
 * Orders two package versions as Debian does: negative, zero or positive (deb-version(7)).
 *
 * Good for apk's and rpm's versions too, whose rules differ only in rare suffixes.
 */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [split(a), split(b)];
  return (
    left.epoch - right.epoch ||
    compareParts(left.upstream, right.upstream) ||
    compareParts(left.revision, right.revision)
  );
}

function split(version: string): { epoch: number; upstream: string; revision: string } {
  const { epoch = '0', rest = '' } = /^(?:(?<epoch>[0-9]+):)?(?<rest>.*)$/s.exec(version)?.groups ?? {};
  const dash = rest.lastIndexOf('-');
  return {
    epoch: Number(epoch),
    upstream: dash === -1 ? rest : rest.slice(0, dash),
    revision: dash === -1 ? '' : rest.slice(dash + 1),
  };
}

/** Text without digits and a number, in turns; the text by `weight`, the number by value. */
function compareParts(a: string, b: string): number {
  let [left, right] = [a, b];
  while (left !== '' || right !== '') {
    const [textA, textB] = [/^[^0-9]*/.exec(left)?.[0] ?? '', /^[^0-9]*/.exec(right)?.[0] ?? ''];
    for (let index = 0; index < Math.max(textA.length, textB.length); index++) {
      const order = weight(textA[index]) - weight(textB[index]);
      if (order !== 0) return order;
    }
    [left, right] = [left.slice(textA.length), right.slice(textB.length)];
    const [digitsA, digitsB] = [/^[0-9]*/.exec(left)?.[0] ?? '', /^[0-9]*/.exec(right)?.[0] ?? ''];
    const order = compareNumbers(digitsA, digitsB);
    if (order !== 0) return order;
    [left, right] = [left.slice(digitsA.length), right.slice(digitsB.length)];
  }
  return 0;
}

/** `~` before the end, the end before letters, letters before all else. */
function weight(character: string | undefined): number {
  if (character === undefined) return 0;
  if (character === '~') return -1;
  const code = character.charCodeAt(0);
  return /[A-Za-z]/.test(character) ? code : code + 256;
}

/** Dates and hashes are longer than a double holds: by length without leading zeros, then digit by digit. */
function compareNumbers(a: string, b: string): number {
  const [left, right] = [a.replace(/^0+/, ''), b.replace(/^0+/, '')];
  if (left.length !== right.length) return left.length - right.length;
  return left < right ? -1 : left > right ? 1 : 0;
}
