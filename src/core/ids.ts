import { randomBytes } from 'node:crypto';

const CROCKFORD = '0123456789abcdefghjkmnpqrstvwxyz';

const BAKE_ID = new RegExp(`^[${CROCKFORD}]+-[${CROCKFORD}]{6}$`);

/** A new bake's id: sortable by time, safe in a container's name, a label and a path: `3h2k9x4p-7qf0m2`. */
export function newBakeId(now: number = Date.now()): string {
  let time = '';
  for (let rest = Math.floor(now / 1000); rest > 0; rest = Math.floor(rest / 32))
    time = CROCKFORD[rest % 32] + time;
  const random = Array.from(randomBytes(6), (byte) => CROCKFORD[byte % 32]).join('');
  return `${time}-${random}`;
}

/** Whether a text can be such an id. */
export function isBakeId(text: string): boolean {
  return BAKE_ID.test(text);
}
