import { Fault } from '../core/fault.ts';
import type { TarHeader } from '../core/tar/member.ts';

/** One thing in a sealed tree that must not be there. */
export interface Finding {
  readonly path: string;
  readonly what: string;
}

/** Looks at every member of a sealed tree while it is read. */
export interface SealAudit {
  member(header: TarHeader): void;
  content(path: string, piece: Buffer): void;
  findings(): readonly Finding[];
}

/** What is known by its path; written without a look at the seal's own list, which it is there to check. */
const FORBIDDEN: readonly { what: string; test: (header: TarHeader) => boolean }[] = [
  { what: 'a service blocker left by the bake', test: ({ path }) => path === 'usr/sbin/policy-rc.d' },
  { what: 'a machine id', test: ({ path, size }) => path.endsWith('/machine-id') && size > 0 },
  { what: 'an SSH host key', test: ({ path }) => /(^|\/)ssh_host_[a-z0-9]+_key(\.pub)?$/.test(path) },
  { what: 'authorised keys', test: ({ path, size }) => /\.ssh\/authorized_keys/.test(path) && size > 0 },
  { what: 'a log with content', test: ({ path, size }) => path.startsWith('var/log/') && size > 0 },
  { what: 'a shell history', test: ({ path }) => /\/\.[a-z]+_history$/.test(path) },
  { what: 'a temporary file', test: ({ path }) => /^(var\/)?tmp\/./.test(path) },
  { what: 'a random seed', test: ({ path }) => /(^|\/)random-seed$/.test(path) },
  {
    what: "a file of the bake's own",
    test: ({ path }) => path.includes('kiln/bundle') || path === '.dockerenv',
  },
];

/** Shortest text of an age identity's body that is no mere mention: 58 bech32 characters follow the prefix. */
const AGE_IDENTITY = /^AGE-SECRET-KEY-1[0-9A-Z]{50}/;
const AGE_PREFIX = 'AGE-SECRET-KEY-1';
const AGE_LENGTH = AGE_PREFIX.length + 58;

/** An audit of one tree; `marks` are texts, such as the bake's id, that no file of the image may hold. */
export function auditSealed(marks: readonly string[]): SealAudit {
  const found = new Map<string, Finding>();
  const report = (path: string, what: string) => found.set(`${path}\0${what}`, { path, what });
  const overlap = Math.max(AGE_LENGTH, ...marks.map((mark) => Buffer.byteLength(mark)));
  let tail = { path: '', bytes: Buffer.alloc(0) };
  return {
    member(header) {
      for (const { what, test } of FORBIDDEN) if (test(header)) report(header.path, what);
    },
    content(path, piece) {
      const bytes = tail.path === path ? Buffer.concat([tail.bytes, piece]) : piece;
      for (const mark of marks)
        if (bytes.includes(mark)) report(path, `the text ${JSON.stringify(mark)} of the bake`);
      if (holdsAgeIdentity(bytes)) report(path, 'an age identity');
      tail = { path, bytes: Buffer.from(bytes.subarray(-overlap)) };
    },
    findings: () => [...found.values()],
  };
}

/** Every mention is looked at: the first may be one of a manual. */
function holdsAgeIdentity(bytes: Buffer): boolean {
  for (let at = bytes.indexOf(AGE_PREFIX); at >= 0; at = bytes.indexOf(AGE_PREFIX, at + 1)) {
    if (AGE_IDENTITY.test(bytes.toString('latin1', at, at + AGE_LENGTH))) return true;
  }
  return false;
}

/** Throws `SEAL_INCOMPLETE` with every finding named. */
export function assertSealed(audit: SealAudit): void {
  const findings = audit.findings();
  if (findings.length === 0) return;
  throw new Fault(
    'SEAL_INCOMPLETE',
    `the sealed tree still holds ${findings.length === 1 ? 'what' : `${findings.length} things that`} no image may carry`,
    {
      details: findings.map(({ path, what }) => `/${path}: ${what}`),
      hint: 'Remove it in the last converge step, or keep the provisioner from writing it.',
    },
  );
}
