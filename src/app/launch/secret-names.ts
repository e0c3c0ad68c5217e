import { readFile } from 'node:fs/promises';
import { parseYaml } from '../../config/parse-yaml.ts';
import { type Position, sourceOf } from '../../config/source.ts';
import { Fault } from '../../core/fault.ts';
import type { OpenedEnvironment } from './open-environment.ts';

/** What SOPS calls its own part of a file. */
const SOPS = 'sops';

/**
 * The names of an environment's secrets and where they are written. Names are not encrypted, so no key is needed; no
 * value is looked at. `SECRETS_INVALID` for a file that is no YAML map.
 */
export async function secretNames(
  { secretsFile, shownSecretsFile }: Pick<OpenedEnvironment, 'secretsFile' | 'shownSecretsFile'>,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Position>> {
  const bytes = await readFile(secretsFile, { signal }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
  if (bytes === undefined) return new Map();
  const source = readable(shownSecretsFile, bytes);
  const { content, problems } = parseYaml(source);
  const raw = content?.raw;
  if (content === undefined || raw === null || typeof raw !== 'object' || Array.isArray(raw)) {
    // the place alone: what stands there could be a secret that somebody forgot to encrypt
    const places = problems.map(({ file, line, column }) => `${file}:${line}:${column}`);
    throw invalid(shownSecretsFile, 'is no YAML map', places);
  }
  const names = Object.keys(raw).filter((name) => name !== SOPS);
  return new Map(names.map((name) => [name, source.positionAt(content.locate([name], 'key'))]));
}

/** The file with this text, or the fault that it has none. */
function readable(file: string, bytes: Uint8Array) {
  try {
    return sourceOf(file, bytes);
  } catch (error) {
    if (error instanceof TypeError) throw invalid(file, 'is not UTF-8 text', []);
    throw error;
  }
}

function invalid(file: string, what: string, details: readonly string[]): Fault {
  return new Fault('SECRETS_INVALID', `${file} ${what}`, { details });
}
