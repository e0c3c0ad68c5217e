/** A property of a value that is not known to have any. */
export function property(value: unknown, key: string): unknown {
  const isMap =
    value !== null && typeof value === 'object' && !Array.isArray(value) && Object.hasOwn(value, key);
  return isMap ? (value as Readonly<Record<string, unknown>>)[key] : undefined;
}
