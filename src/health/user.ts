import { groupFile, passwdFile, readRecords } from './accounts.ts';
import type { UserCheck } from './checks.ts';
import { fromRecord, type Kind } from './kind.ts';

/** Local users. */
export const user: Kind<UserCheck> = {
  name: 'user',
  attributes: { exists: 'value', uid: 'value', gid: 'value', home: 'value', groups: 'value', shell: 'value' },
  required: 'exists',
  leads: true,
  subject: (id, check) => check.username ?? id,
  ask: () => [passwdFile, groupFile],
  see(entry, facts) {
    const record = readRecords(facts.get('passwd')).find(([name]) => name === entry.subject);
    if (record === undefined) return fromRecord({ exists: false });
    const [, , uid = '', gid = '', , home = '', shell = ''] = record;
    const groups = readRecords(facts.get('groups'))
      .filter(([, , id, members = '']) => id === gid || members.split(',').includes(entry.subject))
      .map(([name = '']) => name)
      .sort();
    return fromRecord({ exists: true, uid: Number(uid), gid: Number(gid), groups, home, shell });
  },
};
