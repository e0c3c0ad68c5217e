/**
 * Makes a container's mounts ready for systemd, in a shell: the cgroup tree is made writable where it is mounted
 * read-only, and mounts are shared, without which `LoadCredential=` gives every service an empty folder.
 */
export const PREPARE_FOR_SYSTEMD = 'mount -o remount,rw /sys/fs/cgroup 2>/dev/null; mount --make-rshared /';

/** In a shell, at its end. */
export const EXEC_SYSTEMD = 'exec /lib/systemd/systemd';

/** How a container is created whose shell script ends in systemd, on cgroup v1 and v2, with and without AppArmor. */
export function systemdContainer(script: string) {
  return {
    Entrypoint: ['sh', '-c', script],
    Cmd: [],
    User: '0:0',
    Env: ['container=docker'],
    StopSignal: 'SIGRTMIN+3',
    HostConfig: {
      CapAdd: ['SYS_ADMIN'],
      SecurityOpt: ['seccomp=unconfined', 'apparmor=unconfined'],
      CgroupnsMode: 'private' as const,
      Tmpfs: { '/run': 'exec', '/run/lock': '' },
    },
  };
}
