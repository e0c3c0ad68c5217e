/** What a machine holds and runs, as people ask for it: taken when it is up, compared between images. */
export interface Inventory {
  /** Sorted by name, then architecture. */
  readonly packages: readonly InstalledPackage[];
  /** Units that start or may be started, sorted; none where systemd is not process 1. */
  readonly services: readonly UnitFile[];
  /** Sorted by uid, then name. */
  readonly users: readonly User[];
  /** Listening sockets, sorted by protocol, port, address. */
  readonly ports: readonly ListeningPort[];
}

export interface InstalledPackage {
  readonly name: string;
  readonly version: string;
  readonly arch: string;
}

export interface UnitFile {
  readonly unit: string;
  /** systemd's word: `enabled`, `static`, `generated`, `masked`. */
  readonly state: string;
}

export interface User {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
  readonly shell: string;
}

export interface ListeningPort {
  readonly protocol: 'tcp' | 'tcp6' | 'udp' | 'udp6';
  /** As people write it: `0.0.0.0`, `::1`. */
  readonly address: string;
  readonly port: number;
  /** The kernel's name of the process that listens, where it can be seen. */
  readonly process?: string;
}

/** The paths that one installed package put there, less its configuration files that were edited since. */
export interface PackageFiles {
  readonly name: string;
  /** Absolute, as the package manager lists them: `/bin/sh` where `/bin` is a link. */
  readonly paths: readonly string[];
}
