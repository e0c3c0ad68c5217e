import { shellQuote } from '../core/shell-quote.ts';
import type { FileCheck } from './checks.ts';
import { isCut, printStart } from './gather-program.ts';
import { type Actual, always, type Entry, type Facts, type Fragment, fromRecord, type Kind } from './kind.ts';

const FORMATS = '%f %s %u %g %U %G';

/** File types by the highest bits of st_mode (inode(7), S_IFMT >> 12), in goss's words. */
const TYPES = new Map([
  [1, 'pipe'],
  [2, 'character-device'],
  [4, 'directory'],
  [6, 'block-device'],
  [8, 'file'],
  [10, 'symlink'],
  [12, 'socket'],
]);

const DIGESTS = ['md5', 'sha256', 'sha512'] as const;

/** Files, folders and links; as in goss a link is looked at itself, but its target's content is read. */
export const file: Kind<FileCheck> = {
  name: 'file',
  attributes: {
    exists: 'value',
    mode: 'value',
    owner: 'value',
    uid: 'value',
    group: 'value',
    gid: 'value',
    'linked-to': 'value',
    filetype: 'value',
    contents: 'lines',
    contains: 'lines',
    size: 'value',
    md5: 'value',
    sha256: 'value',
    sha512: 'value',
  },
  required: 'exists',
  leads: true,
  subject(id, check) {
    const path = check.path ?? id;
    if (!/^(~[\w.-]*)?(\/|$)/.test(path) || path === '' || path.includes('\0'))
      throw new Error(`"${path}" is no absolute path`);
    // As goss: it would be looked at where a link leads, and not at all of a file.
    return path.replace(/(?<=[^/])\/+$/, '');
  },
  ask: (entries) => [statAll(entries), ...entries.flatMap(askContent)],
  see(entry, facts) {
    const stat = statOf(entry, facts);
    if (stat === undefined) return fromRecord({ exists: false });
    const [mode = 'x', size, uid, gid, owner = '', group = ''] = stat.split(' ');
    const bits = Number.parseInt(mode, 16);
    if (Number.isNaN(bits)) return always({ unknown: 'stat gave no answer' });
    const of = (part: string) => facts.get(`${entry.key}.${part}`);
    return fromRecord({
      exists: true,
      mode: (bits & 0o7777).toString(8).padStart(4, '0'),
      size: Number(size),
      uid: Number(uid),
      gid: Number(gid),
      owner: nameOf(owner, `no user has the uid ${uid}`),
      group: nameOf(group, `no group has the gid ${gid}`),
      filetype: TYPES.get(bits >> 12) ?? 'file',
      'linked-to': readLink(of('link')),
      contents: readContents(of('contents')),
      contains: readContents(of('contents')),
      ...Object.fromEntries(DIGESTS.map((digest) => [digest, readDigest(of(digest))])),
    });
  },
};

/** One stat for all that is there: first the indices of those, then stat's lines in the same order. */
function statAll(entries: readonly Entry<FileCheck>[]): Fragment {
  const tests = entries.map(({ key, subject }) => {
    const path = shellPath(subject);
    return `if [ -e ${path} ] || [ -L ${path} ]; then there="$there ${key}"; set -- "$@" ${path}; fi`;
  });
  const script = `there=; set --\n${tests.join('\n')}\necho $there; [ $# -eq 0 ] || stat -c '${FORMATS}' -- "$@"`;
  return { key: 'files', script };
}

/** A path for the shell, which knows where `~` and `~user` lead. */
function shellPath(path: string): string {
  const [home = ''] = /^~[^/]*/.exec(path) ?? [];
  if (home === '') return shellQuote(path);
  // A slash in quotes would be part of the user's name.
  const rest = path.slice(home.length + 1);
  return rest === '' ? `${home}/` : `${home}/${shellQuote(rest)}`;
}

function statOf(entry: Entry<FileCheck>, facts: Facts): string | undefined {
  const [there = '', ...stats] = (facts.get('files') ?? '').split('\n');
  const keys = there.split(' ');
  const index = keys.indexOf(entry.key);
  if (index === -1) return undefined;
  // One that went between the two looks leaves a line out: which one, nobody can say.
  return stats.filter((line) => line !== '').length === keys.length ? stats[index] : '';
}

function askContent({ key, subject, check }: Entry<FileCheck>): Fragment[] {
  const path = shellPath(subject);
  const fragments: Fragment[] = [];
  if (check['linked-to'] !== undefined) {
    fragments.push({ key: `${key}.link`, script: `[ -L ${path} ] && { echo link; readlink -- ${path}; }` });
  }
  if (check.contents !== undefined || check.contains !== undefined) {
    fragments.push({
      key: `${key}.contents`,
      script: `[ -f ${path} ] && { echo file; ${printStart(path)}; }`,
    });
  }
  for (const digest of DIGESTS) {
    if (check[digest] === undefined) continue;
    fragments.push({ key: `${key}.${digest}`, script: `[ -f ${path} ] && ${digest}sum <${path}` });
  }
  return fragments;
}

/** stat says so of an id that nobody has. */
function nameOf(name: string, otherwise: string): Actual {
  return name === 'UNKNOWN' ? { unknown: otherwise } : { value: name };
}

function readLink(fact: string | undefined): Actual {
  return fact?.startsWith('link\n') ? { value: fact.slice(5).replace(/\n$/, '') } : { unknown: 'not a link' };
}

function readContents(fact: string | undefined): Actual {
  if (!fact?.startsWith('file\n')) return { unknown: 'not a regular file' };
  const text = fact.slice(5);
  return isCut(text) ? { unknown: 'longer than 4 MiB, and so not judged' } : { value: text };
}

function readDigest(fact: string | undefined): Actual {
  const [hex] = (fact ?? '').split(' ');
  return hex ? { value: hex } : { unknown: 'not a regular file, or no tool for it' };
}
