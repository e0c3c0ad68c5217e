import { madeFile, madeFolder } from '../core/tar/made.ts';
import type { TarMember } from '../core/tar/member.ts';

const SSHD = 'usr/sbin/sshd';
const UNITS = 'etc/systemd/system';
const UNIT_DROP_INS = `${UNITS}/ssh.service.d`;
const CONFIG_DROP_INS = 'etc/ssh/sshd_config.d';
const LOOKED_AT: ReadonlySet<string> = new Set([SSHD, UNITS, UNIT_DROP_INS, CONFIG_DROP_INS]);
const CREDENTIALS = '/run/credentials/@system';

/**
 * No image has host keys, nor keys to log in with. Where sshd is in a tree with systemd, each machine of it takes its
 * host key from the credential `ssh.host-key`, or makes its own before sshd first starts.
 */
const HOST_KEYS = `# The image has no host keys: a machine is given one by a credential, or makes its own.
[Service]
ExecStartPre=
ExecStartPre=/bin/sh -c 'test ! -s ${CREDENTIALS}/ssh.host-key || install -m 0600 ${CREDENTIALS}/ssh.host-key /etc/ssh/ssh_host_ed25519_key'
ExecStartPre=/bin/sh -c 'test -s ${CREDENTIALS}/ssh.host-key || ssh-keygen -A'
ExecStartPre=/usr/sbin/sshd -t
`;

/** By the name that newer systemds have for keys that lie in memory only (systemd.system-credentials(7)). */
const AUTHORISED_KEYS = `# Who runs a machine of this image may give it root's keys by a credential; they lie on no disk.
Match User root
	AuthorizedKeysFile .ssh/authorized_keys ${CREDENTIALS}/ssh.ephemeral-authorized_keys-all
`;

/** Sees a sealed tree's paths go by, and then says which files a machine of it needs at its first start. */
export function firstStartFiles(epoch: number): { see(path: string): void; files(): TarMember[] } {
  const seen = new Set<string>();
  return {
    see(path) {
      if (LOOKED_AT.has(path)) seen.add(path);
    },
    files() {
      if (!seen.has(SSHD) || !seen.has(UNITS)) return [];
      return [
        ...(seen.has(UNIT_DROP_INS) ? [] : [madeFolder(UNIT_DROP_INS, epoch)]),
        madeFile(`${UNIT_DROP_INS}/kiln-host-keys.conf`, HOST_KEYS, epoch),
        ...(seen.has(CONFIG_DROP_INS)
          ? [madeFile(`${CONFIG_DROP_INS}/50-kiln-credentials.conf`, AUTHORISED_KEYS, epoch)]
          : []),
      ];
    },
  };
}
