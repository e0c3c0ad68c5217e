/** Where a guest's own sshd listens. */
export const SSH_PORT = 22;
/** Where ours does: above the ports that Linux gives to whoever asks for any. */
export const TRANSPORT_PORT = 61_022;
/** Where all of ours lies in a guest: in memory. */
export const TRANSPORT_FOLDER = '/run/kiln-transport';

/**
 * What our own sshd in a guest is told: nothing of the guest's own settings, so that no step of a bake cuts us off, and
 * many programs at once. Without PAM, as each session would be one of systemd's, which is slow under emulation.
 */
export const TRANSPORT_OPTIONS: readonly string[] = [
  ...['-f', '/dev/null', '-h', `${TRANSPORT_FOLDER}/host_key`],
  ...[
    `AuthorizedKeysFile=${TRANSPORT_FOLDER}/authorized_keys`,
    'AuthenticationMethods=publickey',
    'PermitRootLogin=prohibit-password',
    'UsePAM=no',
    'UseDNS=no',
    'PrintMotd=no',
    'PrintLastLog=no',
    'PidFile=none',
    'LogLevel=ERROR',
    'MaxSessions=200',
  ].flatMap((option) => ['-o', option]),
];
