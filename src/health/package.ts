import { shellJoin } from '../core/shell-quote.ts';
import type { PackageCheck } from './checks.ts';
import { always, fromRecord, type Kind } from './kind.ts';

/** One installed package by every name it goes by, `libc6` and `libc6:amd64`. */
interface Installed {
  readonly names: readonly string[];
  readonly version: string;
}

/** Packages of dpkg, rpm, apk or pacman, whichever the machine has. */
export const packages: Kind<PackageCheck> = {
  name: 'package',
  attributes: { installed: 'value', versions: 'value' },
  required: 'installed',
  leads: true,
  subject(id, check) {
    const name = check.name ?? id;
    if (!/^[A-Za-z0-9][A-Za-z0-9+._:@~-]*$/.test(name)) throw new Error(`"${name}" is no name of a package`);
    return name;
  },
  ask(entries) {
    const names = shellJoin(entries.map(({ subject }) => subject));
    return [{ key: 'packages', script: askScript(names) }];
  },
  see(entry, facts) {
    const [tool = '', ...lines] = (facts.get('packages') ?? '').split('\n');
    const read = READERS[tool];
    if (read === undefined) return always({ unsupported: 'this machine has no dpkg, rpm, apk or pacman' });
    const versions = read(lines)
      .filter(({ names }) => names.includes(entry.subject))
      .map(({ version }) => version);
    return fromRecord({ installed: versions.length > 0, versions });
  },
};

function askScript(names: string): string {
  return `has() { command -v "$1" >/dev/null 2>&1; }
if has dpkg-query; then echo dpkg
  dpkg-query -W -f '\${Package}\\t\${Architecture}\\t\${Status}\\t\${Version}\\n' -- ${names} 2>/dev/null
elif has rpm; then echo rpm
  rpm -q --nodigest --nosignature --qf 'i\\t%{NAME}\\t%{ARCH}\\t%|EPOCH?{%{EPOCH}:}:{}|%{VERSION}-%{RELEASE}\\n' -- ${names} 2>/dev/null
elif has apk; then echo apk; grep '^[PV]:' /lib/apk/db/installed
elif has pacman; then echo pacman; pacman -Q -- ${names} 2>/dev/null
else echo none; fi`;
}

const READERS: Readonly<Record<string, (lines: readonly string[]) => Installed[]>> = {
  dpkg: (lines) =>
    lines.flatMap((line) => {
      const [name = '', architecture = '', status = '', version = ''] = line.split('\t');
      return /^(install|hold) ok installed$/.test(status)
        ? [{ names: [name, `${name}:${architecture}`], version }]
        : [];
    }),
  rpm: (lines) =>
    lines.flatMap((line) => {
      const [mark, name = '', architecture = '', version = ''] = line.split('\t');
      return mark === 'i' ? [{ names: [name, `${name}.${architecture}`], version }] : [];
    }),
  apk: (lines) =>
    lines.flatMap((line, index) => {
      const version = lines[index + 1];
      return line.startsWith('P:') && version?.startsWith('V:')
        ? [{ names: [line.slice(2)], version: version.slice(2) }]
        : [];
    }),
  pacman: (lines) =>
    lines.flatMap((line) => {
      const [name = '', version] = line.split(' ');
      return version === undefined ? [] : [{ names: [name], version }];
    }),
};
