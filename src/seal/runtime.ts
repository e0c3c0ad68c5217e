import { anyOf, type PathRule } from './path-rule.ts';

/**
 * What every machine makes for itself when it runs, without anybody's doing: sealing removes it, and a running
 * machine may have it. Found by letting images run, with all of their timers' services.
 */
export const MADE_ANEW: readonly PathRule[] = [
  { what: 'D-Bus machine id', paths: /^var\/lib\/dbus\/machine-id$/ },
  { what: 'random seed and credential key', paths: /^var\/lib\/systemd\/(random-seed|credential\.secret)$/ },
  { what: 'EFI random seed', paths: /^(boot\/|boot\/efi\/|efi\/)loader\/random-seed$/ },
  { what: 'SSH host keys', paths: /^etc\/ssh\/ssh_host_(rsa|dsa|ecdsa|ed25519)_key(\.pub)?$/ },
  { what: 'DHCP leases', paths: /^var\/lib\/(dhcp|dhclient|dhcpcd|NetworkManager)\/[^/]*lease[^/]*$/ },
  { what: 'temporary files', paths: /^(tmp|var\/tmp)\/.+$/ },
  { what: 'crash data', paths: /^var\/(crash|lib\/systemd\/coredump)\/.+$/ },
  { what: 'timer stamps', paths: /^var\/lib\/systemd\/timers\/.+$/ },
  { what: "log rotation's state", paths: /^var\/lib\/logrotate\/status$/ },
  // sysusers at every start, apt's and dpkg's timers every day
  { what: 'lock files', paths: /^(etc\/\.pwd\.lock|var\/lib\/(dpkg\/lock(-frontend)?|apt\/daily_lock))$/ },
  { what: "apt's binary caches", paths: /^var\/cache\/apt\/(src)?pkgcache\.bin$/ },
  { what: "the manuals' index", paths: /^var\/cache\/man\/.+$/ },
  {
    what: "dpkg's daily backups",
    paths: /^var\/backups\/(dpkg\.[a-z]+|apt\.extended_states|alternatives\.tar)\.\d+(\.gz)?$/,
  },
];

/** Of an image without content, filled when it starts. */
export const MACHINE_ID: PathRule = { what: 'machine id', paths: /^etc\/machine-id$/ };

/** Of an image without content; they grow, and are rotated away. */
export const LOGS: PathRule = { what: 'logs', paths: /^var\/log\/.+$/ };

/** Where what runs keeps its sockets and process ids, and an engine or a launcher hangs its own: empty at every start. */
const VOLATILE: PathRule = { what: 'run-time data', paths: /^run\/.+$/ };

/** Made where an image that never ran has none. */
const MOUNT_AND_STATE_FOLDERS: PathRule = {
  what: "folders of the kernel's and systemd's",
  paths: /^(dev|proc|sys|var\/lib\/systemd\/(linger|timers))$/,
};

const COMES_AND_GOES = anyOf([...MADE_ANEW, LOGS, VOLATILE, MOUNT_AND_STATE_FOLDERS]);
const IS_FILLED = anyOf([MACHINE_ID]);

/**
 * What a machine changes at a path by running: the file's content, or whether there is anything at all. Never the mode,
 * owner or type of what an image has there.
 *
 * Far less than what sealing removes: keys to log in with, histories, jobs, lists of packages and a provisioner's
 * state are made by somebody.
 */
export function changedByRunning(path: string): 'nothing' | 'content' | 'presence' {
  if (COMES_AND_GOES.test(path)) return 'presence';
  return IS_FILLED.test(path) ? 'content' : 'nothing';
}
