import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '../core/fault.ts';
import { type AptSource, sourceLine } from './apt-sources.ts';

/**
 * The host's signed apt sources for a suite, its updates and its security fixes. Other repositories are not taken
 * over, nor those that the host trusts unsigned.
 *
 * Read as sources.list(5) says, in both of its formats: asking apt itself takes most of a second, as it reads every
 * package list for it.
 */
export async function hostSources(suite: string, folder = '/etc/apt'): Promise<AptSource[]> {
  const parts = await readdir(join(folder, 'sources.list.d')).catch(() => []);
  const files = ['sources.list', ...parts.sort().map((name) => join('sources.list.d', name))];
  const found = new Map<string, Set<string>>();
  for (const file of files) {
    const text = await readFile(join(folder, file), 'utf8').catch(() => '');
    const entries = file.endsWith('.sources')
      ? readStanzas(text)
      : file.endsWith('.list')
        ? readLines(text)
        : [];
    for (const { uri, release, components } of entries) {
      if (![suite, `${suite}-updates`, `${suite}-security`].includes(release)) continue;
      const key = `${uri.endsWith('/') ? uri : `${uri}/`} ${release}`;
      found.set(key, new Set([...(found.get(key) ?? []), ...components]));
    }
  }
  const sources = [...found].map(([key, components]) => {
    const [uri = '', release = ''] = key.split(' ');
    return { uri, release, components: [...components].sort() };
  });
  if (!sources.some(({ release }) => release === suite)) {
    throw new Fault('BASE_FAILED', `the apt sources of this host do not have the suite ${suite}`, {
      hint: 'Give the base a `mirror:` that has it.',
    });
  }
  return sources.sort((a, b) => (sourceLine(a) < sourceLine(b) ? -1 : 1));
}

/** `deb [option=value …] URI SUITE COMPONENT…`, a line each. */
function readLines(text: string): AptSource[] {
  return text.split('\n').flatMap((line) => {
    const words = /^\s*deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s+([^#]+)/.exec(line);
    if (words === null || /\btrusted=yes\b/i.test(words[1] ?? '')) return [];
    return [
      { uri: words[2] ?? '', release: words[3] ?? '', components: (words[4] ?? '').trim().split(/\s+/) },
    ];
  });
}

/** deb822: stanzas of fields, each field's value a list that may go on in indented lines. */
function readStanzas(text: string): AptSource[] {
  const uncommented = text.replace(/^#.*\n?/gm, '');
  return uncommented.split(/\n\s*\n/).flatMap((stanza) => {
    const fields = new Map<string, string[]>();
    for (const [, name = '', value = ''] of stanza.matchAll(/^([A-Za-z-]+):((?:.*)(?:\n[ \t].*)*)/gm)) {
      fields.set(name.toLowerCase(), value.trim().split(/\s+/));
    }
    const list = (name: string) => fields.get(name) ?? [];
    if (!list('types').includes('deb') || list('enabled')[0] === 'no' || list('trusted')[0] === 'yes')
      return [];
    return list('uris').flatMap((uri) =>
      list('suites').map((release) => ({ uri, release, components: list('components') })),
    );
  });
}
