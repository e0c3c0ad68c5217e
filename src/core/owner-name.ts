import { readFileSync } from 'node:fs';
import { ownerText } from './process-owner.ts';

/** What `ownName` gives, as a regular expression. */
export const OWNER_NAME = '\\d+\\.\\d+\\.[0-9a-f-]+';

/** This process's `ownerText` as a part of a file's name, with dots: `1234.56789.0d2a…`. */
export function ownName(): string {
  const stat = readFileSync('/proc/self/stat', 'utf8');
  const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8');
  return ownerText(process.pid, stat, boot).trim().replaceAll(' ', '.');
}

/** The `ownerText` that such a part of a name was made from. */
export function ownerFromName(name: string): string {
  return `${name.split('.').join(' ')}\n`;
}
