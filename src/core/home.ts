import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The folder for what must last: records, logs, the private engine.
 * `$KILN_HOME`, else `kiln` in `$XDG_DATA_HOME`, which is `~/.local/share` when unset.
 */
export function kilnHome(env: Environment = process.env): string {
  return env['KILN_HOME']
    ? resolve(env['KILN_HOME'])
    : join(xdg(env['XDG_DATA_HOME'], '.local/share'), 'kiln');
}

/** The folder for what can be made again, such as bases: `kiln` in `$XDG_CACHE_HOME`, which is `~/.cache` when unset. */
export function cacheHome(env: Environment = process.env): string {
  return join(xdg(env['XDG_CACHE_HOME'], '.cache'), 'kiln');
}

// the XDG specification has relative paths ignored
function xdg(folder: string | undefined, fallback: string): string {
  return folder && isAbsolute(folder) ? folder : join(homedir(), fallback);
}
