import { LAST_FILE } from './instance-delivery.ts';
import { EXEC_SYSTEMD, PREPARE_FOR_SYSTEMD } from './systemd.ts';

const DELIVERY_SECONDS = 60;
const REFUSAL = 'kiln: this instance does not start';

/** A shell command in a container that succeeds when its process 1 is not the entry any more. */
export const HANDED_OVER = `! grep -qs '${REFUSAL}' /proc/1/cmdline`;

/**
 * Unpacks what comes by standard input, and goes on only when all of it came: a container that is started by hand, or
 * whose launch broke off, has no data. No user but the one that it runs as, and root, reads what it was given.
 */
const TAKE_DELIVERY = `refuse() { echo "${REFUSAL}: $1" >&2; exit 1; }
umask_before=$(umask); umask 077
mkdir -m 0700 /run/credentials/@system || refuse 'it has no place for its credentials'
timeout ${DELIVERY_SECONDS} tar -xpmf - -C /run || refuse 'its data did not arrive whole; only \`launch\` starts it'
[ -s /run/${LAST_FILE} ] || refuse 'its data did not arrive; only \`launch\` starts it'
export CREDENTIALS_DIRECTORY=/run/credentials/@system
umask "$umask_before"`;

/** The entry of an instance with systemd. */
export const SYSTEMD_ENTRY = `${PREPARE_FOR_SYSTEMD}
mkdir -m 0755 /run/credentials /run/kiln
${TAKE_DELIVERY}
${EXEC_SYSTEMD} </dev/null`;

/** The entry of one without an init: the image's own command follows as words, and runs as the image's own user. */
export const COMMAND_ENTRY = `chmod 0755 /run/credentials /run/kiln 2>/dev/null
${TAKE_DELIVERY}
exec "$@" </dev/null`;

/**
 * Where an instance without an init is given its data, as mounts in memory: its user has to write there, who may be
 * anyone; root closes them at once.
 */
export const DELIVERY_MOUNTS = { '/run/kiln': 'mode=1777', '/run/credentials': 'mode=1777' };
