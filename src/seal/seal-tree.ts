import { buffer } from 'node:stream/consumers';
import { bodyOf, NO_BODY } from '../core/tar/made.ts';
import type { TarHeader, TarMember } from '../core/tar/member.ts';
import { firstStartFiles } from './first-start.ts';
import { withoutOwnDisks } from './own-disks.ts';
import { fateOf } from './residue.ts';

const SECONDS_PER_DAY = 86_400;

interface Source {
  read(signal: AbortSignal): AsyncIterable<TarMember>;
}

export interface SealOptions {
  /** Whole seconds since 1970: passwords were last changed no later than this. */
  readonly epoch: number;
  /** Whether the base has the path: compiled Python of the base stays, the bake's own goes. */
  readonly inBase: (path: string) => boolean;
}

/**
 * The same tree less the machine's identity and the bake's traces, as a filter on the stream: nothing runs in
 * the machine for it, so it is the same for every platform and cannot leave traces of its own.
 *
 * What a machine needs at its first start instead of what was taken is added (`first-start.ts`).
 * The source is read a second time where a file that stays is a hardlink to one that goes.
 */
export function sealTree(source: Source, options: SealOptions): Source {
  return {
    async *read(signal) {
      const orphans = new Map<string, TarHeader[]>();
      const firstStart = firstStartFiles(options.epoch);
      for await (const member of source.read(signal)) {
        const sealed = await sealMember(member, options);
        if (sealed === undefined) continue;
        firstStart.see(member.path);
        const carrier = sealed.type === 'hardlink' ? (sealed.target ?? '') : undefined;
        if (carrier === undefined || fateIn(carrier, 'file', options) === 'kept') yield sealed;
        else orphans.set(carrier, [...(orphans.get(carrier) ?? []), sealed]);
      }
      if (orphans.size > 0) yield* adopted(source, orphans, signal);
      yield* firstStart.files();
    },
  };
}

/** What a hardlink shared with a file that goes: its first remaining name carries it, the others are linked to that. */
async function* adopted(
  source: Source,
  orphans: ReadonlyMap<string, readonly TarHeader[]>,
  signal: AbortSignal,
): AsyncGenerator<TarMember> {
  for await (const member of source.read(signal)) {
    const [heir, ...others] = orphans.get(member.path) ?? [];
    if (heir === undefined || member.type !== 'file') continue;
    yield { ...member, path: heir.path };
    for (const other of others) yield { ...other, target: heir.path, body: NO_BODY };
  }
}

/** What sealing does with a path of a tree. */
export function fateIn(
  path: string,
  type: TarHeader['type'],
  { inBase }: Pick<SealOptions, 'inBase'>,
): ReturnType<typeof fateOf> {
  const isCompiled = path.endsWith('.pyc') && (type === 'file' || type === 'hardlink');
  return isCompiled && !inBase(path) ? 'removed' : fateOf(path, type === 'directory');
}

async function sealMember(member: TarMember, options: SealOptions): Promise<TarMember | undefined> {
  const { path, type, target, ...rest } = member;
  const what = fateIn(path, type, options);
  if (what === 'removed') return undefined;
  if (what === 'emptied' && (type === 'hardlink' || member.size > 0))
    return withContent({ path, ...rest, type: 'file' }, '');
  if (path === 'etc/shadow' && type === 'file')
    return withContent(member, clampShadow(await textOf(member), options.epoch));
  if (path === 'etc/fstab' && type === 'file')
    return withContent(member, withoutOwnDisks(await textOf(member)));
  return member;
}

/** The third field of /etc/shadow is the day of the last change: shadow(5). */
function clampShadow(shadow: string, epoch: number): string {
  const today = Math.floor(epoch / SECONDS_PER_DAY);
  return shadow
    .split('\n')
    .map((line) => {
      const fields = line.split(':');
      if (Number(fields[2] ?? '') > today) fields[2] = String(today);
      return fields.join(':');
    })
    .join('\n');
}

function withContent(header: TarHeader, text: string): TarMember {
  const content = Buffer.from(text, 'latin1');
  return { ...header, size: content.length, body: bodyOf(content) };
}

async function textOf(member: TarMember): Promise<string> {
  return (await buffer(member.body)).toString('latin1');
}
