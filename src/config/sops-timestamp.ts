const DATE = /^(\d{4})-(\d{1,2})-(\d{1,2})$/;
const TIME =
  /^(\d{4})-(\d{1,2})-(\d{1,2})(?:[Tt](\d{1,2}):(\d{1,2}):(\d{1,2})(?:[.,](\d+))?(Z|[+-]\d\d:\d\d)| (\d{1,2}):(\d{1,2}):(\d{1,2})(?:[.,](\d+))?)$/;

/**
 * A plain YAML scalar that go-yaml takes for a time, in the form in which SOPS writes it (RFC 3339, no zeros at a
 * fraction's end); undefined for what is none. `parseTimestamp` of go.yaml.in/yaml/v3.
 */
export function timestampOf(text: string): string | undefined {
  const found = DATE.exec(text) ?? TIME.exec(text);
  if (found === null) return undefined;
  const [, year = '', month = '', day = ''] = found;
  const [hour, minute, second] = [4, 5, 6].map((at) => Number(found[at] ?? found[at + 5] ?? 0));
  if (!isDay(Number(year), Number(month), Number(day))) return undefined;
  if (hour === undefined || minute === undefined || second === undefined) return undefined;
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  const fraction = (found[7] ?? found[12] ?? '').slice(0, 9).replace(/0+$/, '');
  const zone = found[8] === undefined || /^[+-]00:00$/.test(found[8]) ? 'Z' : found[8];
  if (zone !== 'Z' && (Number(zone.slice(1, 3)) > 24 || Number(zone.slice(4)) > 59)) return undefined;
  const date = `${year}-${two(month)}-${two(day)}`;
  return `${date}T${two(hour)}:${two(minute)}:${two(second)}${fraction === '' ? '' : `.${fraction}`}${zone}`;
}

function isDay(year: number, month: number, day: number): boolean {
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  const days = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1];
  return days !== undefined && day >= 1 && day <= days;
}

function two(part: string | number): string {
  return String(part).padStart(2, '0');
}
