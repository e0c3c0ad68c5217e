import { readFile, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { Fault } from '../core/fault.ts';
import { shellQuote } from '../core/shell-quote.ts';
import { type AgeIdentity, ageIdentity } from './age-keys.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** The user's own keys. Those of OpenPGP are gpg's. */
export interface Identities {
  readonly age: readonly AgeIdentity[];
  /** Where age identities were looked for, for messages. */
  readonly lookedIn: readonly string[];
  /** Identities of kinds that are not supported, and where they are. */
  readonly passedOver: readonly string[];
}

/**
 * The age identities of SOPS_AGE_KEY and SOPS_AGE_KEY_FILE, else those of `sops/age/keys.txt` in the user's
 * configuration. `SECRETS_LOCKED` for a file that others can read, or that cannot be read; one that is named and not
 * there yet has none, where `absent` says so.
 */
export async function findIdentities(
  env: Environment = process.env,
  absent: 'refused' | 'empty' = 'refused',
): Promise<Identities> {
  const texts: { text: string; from: string }[] = [];
  const [key, file] = [env['SOPS_AGE_KEY'], env['SOPS_AGE_KEY_FILE']];
  // SOPS takes several on one line of the variable.
  if (key) texts.push({ text: key.replaceAll(/(?<=\S)[ \t]+(?=AGE-)/g, '\n'), from: 'SOPS_AGE_KEY' });
  const named = file
    ? await readKeyFile(file, absent === 'empty' ? undefined : 'SOPS_AGE_KEY_FILE')
    : undefined;
  if (file && named !== undefined) texts.push({ text: named, from: file });
  const lookedIn = [...(key ? ['SOPS_AGE_KEY'] : []), ...(file ? [`SOPS_AGE_KEY_FILE (${file})`] : [])];
  if (!key && !file) {
    const usual = usualKeyFile(env);
    const text = await readKeyFile(usual, undefined);
    if (text !== undefined) texts.push({ text, from: usual });
    lookedIn.push('SOPS_AGE_KEY', 'SOPS_AGE_KEY_FILE', usual);
  }
  const found = await Promise.all(texts.map(({ text, from }) => readIdentities(text, from)));
  return {
    age: found.flatMap(({ age }) => age),
    lookedIn,
    passedOver: found.flatMap(({ passedOver }) => passedOver),
  };
}

/** Where the user's identities are unless a variable says otherwise. */
export function usualKeyFile(env: Environment = process.env): string {
  const config = env['XDG_CONFIG_HOME'];
  // the XDG specification has relative paths ignored
  const folder = config && isAbsolute(config) ? config : join(env['HOME'] || homedir(), '.config');
  return join(folder, 'sops', 'age', 'keys.txt');
}

async function readKeyFile(file: string, variable: string | undefined): Promise<string | undefined> {
  try {
    const { mode } = await stat(file);
    // A pipe has nobody else at its end.
    const isFile = (mode & 0o170000) === 0o100000;
    if (isFile && (mode & 0o077) !== 0) {
      throw new Fault(
        'SECRETS_LOCKED',
        `the key file ${file} can be read or changed by others (mode ${octal(mode)})`,
        {
          hint: `Run \`chmod 600 ${shellQuote(file)}\`, and make new keys when others may have read it.`,
        },
      );
    }
    return await readFile(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (error instanceof Fault) throw error;
    if (variable === undefined && (code === 'ENOENT' || code === 'ENOTDIR')) return undefined;
    const whose = variable === undefined ? '' : `, which ${variable} names,`;
    throw new Fault('SECRETS_LOCKED', `the key file ${file}${whose} cannot be read: ${code ?? 'unknown'}`, {
      cause: error,
    });
  }
}

function octal(mode: number): string {
  return (mode & 0o777).toString(8).padStart(4, '0');
}

async function readIdentities(text: string, from: string): Promise<Pick<Identities, 'age' | 'passedOver'>> {
  const age: AgeIdentity[] = [];
  const passedOver: string[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    const word = line.trim();
    if (word === '' || word.startsWith('#')) continue;
    const where = `${from}:${index + 1}`;
    const identity = /^AGE-SECRET-KEY-1/.test(word) ? await ageIdentity(word, from) : undefined;
    if (identity !== undefined) age.push(identity);
    else if (/^AGE-PLUGIN-/.test(word)) passedOver.push(`the identity of an age plugin (${where})`);
    else if (/^AGE-SECRET-KEY-PQ-1/.test(word)) passedOver.push(`a post-quantum identity (${where})`);
    else {
      throw new Fault('SECRETS_LOCKED', `${where} is no age identity`, {
        hint: 'A line is a comment, empty, or an identity as age-keygen writes it: AGE-SECRET-KEY-1 and 58 more characters.',
      });
    }
  }
  return { age, passedOver };
}
