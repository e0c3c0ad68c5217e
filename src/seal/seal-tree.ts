import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { TarHeader, TarMember } from '../core/tar/member.ts';
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
 * Where sshd is in the tree, a drop-in makes host keys at the first start, since none may be in an image.
 */
export function sealTree(source: Source, options: SealOptions): Source {
  return {
    async *read(signal) {
      let hasSshd = false;
      for await (const member of source.read(signal)) {
        hasSshd ||= member.path === 'usr/sbin/sshd';
        const sealed = await sealMember(member, options);
        if (sealed !== undefined) yield sealed;
      }
      if (hasSshd) yield* hostKeysAtFirstStart(options.epoch);
    },
  };
}

async function sealMember(member: TarMember, { epoch, inBase }: SealOptions): Promise<TarMember | undefined> {
  const { path } = member;
  const fate = fateOf(path);
  if (fate === 'removed') return undefined;
  if (member.type !== 'file') return member;
  if (path.endsWith('.pyc') && !inBase(path)) return undefined;
  if (fate === 'emptied' && member.size > 0) return withContent(member, '');
  if (path === 'etc/shadow') return withContent(member, clampShadow(await textOf(member), epoch));
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

async function* hostKeysAtFirstStart(epoch: number): AsyncGenerator<TarMember> {
  const folder = 'etc/systemd/system/ssh.service.d';
  const owner = { uid: 0, gid: 0, mtime: epoch };
  yield { path: folder, type: 'directory', mode: 0o755, size: 0, ...owner, body: Readable.from([]) };
  const unit = [
    '# The image has no host keys: each machine makes its own before sshd first starts.',
    '[Service]',
    'ExecStartPre=',
    'ExecStartPre=/usr/bin/ssh-keygen -A',
    'ExecStartPre=/usr/sbin/sshd -t',
    '',
  ].join('\n');
  const header: TarHeader = {
    path: `${folder}/kiln-host-keys.conf`,
    type: 'file',
    mode: 0o644,
    size: 0,
    ...owner,
  };
  yield withContent(header, unit);
}

function withContent(header: TarHeader, text: string): TarMember {
  const content = Buffer.from(text, 'latin1');
  return { ...header, size: content.length, body: Readable.from(content.length === 0 ? [] : [content]) };
}

async function textOf(member: TarMember): Promise<string> {
  return (await buffer(member.body)).toString('latin1');
}
