/** A value or an expectation for a person, on one line and cut to a readable length. */
export function show(value: unknown): string {
  const text = showWhole(value);
  return text.length > 240 ? `${text.slice(0, 240)}…` : text;
}

function showWhole(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(showWhole).join(', ')}]`;
  if (value !== null && typeof value === 'object') {
    return Object.entries(value)
      .map(([name, inner]) => `${name} ${showWhole(inner)}`)
      .join(', ');
  }
  return JSON.stringify(value) ?? 'nothing';
}
