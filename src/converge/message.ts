const LONGEST_MESSAGE = 2000;

/** A path below the unpacked bundle as the workspace knows it; any other path as it is. */
export function inWorkspace(path: string, bundle: string): string {
  return path.startsWith(`${bundle}/`) ? path.slice(bundle.length + 1) : path;
}

/** A tool's message with the workspace's paths in it. */
export function withoutBundle(message: string, bundle: string): string {
  return message.replaceAll(`${bundle}/`, '');
}

/** A message of at most 2000 characters: results go into the record, the whole output into the log. */
export function shorten(message: string): string {
  return message.length <= LONGEST_MESSAGE ? message : `${message.slice(0, LONGEST_MESSAGE)}…`;
}

/** A report's JSON; nothing when it is empty, or cut off because its tool was killed while writing. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
