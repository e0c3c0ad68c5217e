import type { Fragment } from './kind.ts';

/** `/etc/passwd`, which goss reads too: remote accounts are not looked at. */
export const passwdFile: Fragment = { key: 'passwd', script: 'cat /etc/passwd' };

export const groupFile: Fragment = { key: 'groups', script: 'cat /etc/group' };

/** The lines of such a file as fields. */
export function readRecords(text: string | undefined): string[][] {
  return (text ?? '').split('\n').map((line) => line.split(':'));
}
