import { groupFile, readRecords } from './accounts.ts';
import type { GroupCheck } from './checks.ts';
import { fromRecord, type Kind } from './kind.ts';

/** Local groups. */
export const group: Kind<GroupCheck> = {
  name: 'group',
  attributes: { exists: 'value', gid: 'value' },
  required: 'exists',
  leads: true,
  subject: (id, check) => check.groupname ?? id,
  ask: () => [groupFile],
  see(entry, facts) {
    const [, , gid] = readRecords(facts.get('groups')).find(([name]) => name === entry.subject) ?? [];
    return fromRecord(gid === undefined ? { exists: false } : { exists: true, gid: Number(gid) });
  },
};
