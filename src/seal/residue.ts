import { anyOf, type PathRule } from './path-rule.ts';
import { LOGS, MACHINE_ID, MADE_ANEW } from './runtime.ts';

/** Files and folders that are left out, with all that is in them: the machine's identity, traces of having been run or baked. */
const REMOVED: readonly PathRule[] = [
  ...MADE_ANEW,
  { what: 'what else is called like an SSH host key', paths: /^etc\/ssh\/ssh_host_[^/]*$/ },
  { what: 'authorised keys', paths: /^(root|home\/[^/]+)\/\.ssh\/authorized_keys2?$/ },
  { what: 'network card names', paths: /^etc\/udev\/rules\.d\/70-persistent-net\.rules$/ },
  { what: 'NetworkManager profiles', paths: /^etc\/NetworkManager\/system-connections\/.+$/ },
  { what: 'iSCSI initiator name', paths: /^etc\/iscsi\/initiatorname\.iscsi$/ },
  { what: 'cloud-init state', paths: /^(var\/lib\/cloud|run\/cloud-init)\/.+$/ },
  { what: 'cloud-init sudo rule', paths: /^etc\/sudoers\.d\/90-cloud-init-users$/ },
  { what: 'journal', paths: /^var\/log\/journal\/.+$/ },
  {
    what: 'rotated logs',
    paths: /^var\/log\/.*(\.\d+|\.old|\.[gx]z|\d{4}-?\d{2}-?\d{2}[^/]*)$/,
    filesOnly: true,
  },
  {
    what: 'shell and tool histories',
    paths: /^(root|home\/[^/]+)\/\.([a-z]*_history|lesshst|viminfo|wget-hsts)$/,
  },
  { what: 'tool state in homes', paths: /^(root|home\/[^/]+)\/\.(ansible|cache|puppet|puppetlabs)(\/.*)?$/ },
  { what: 'mail', paths: /^var\/(mail|spool\/mail)\/.+$/ },
  { what: 'at jobs', paths: /^var\/spool\/cron\/at(jobs|spool)\/.+$/ },
  { what: 'apt lists', paths: /^var\/lib\/apt\/(lists\/(?!partial$).+|periodic\/.+|extended_states\.old)$/ },
  { what: 'apt caches', paths: /^var\/cache\/apt\/([^/]*\.bin|archives\/(?!partial$).+)$/ },
  { what: 'caches', paths: /^var\/cache\/(ldconfig\/aux-cache|fontconfig\/.+)$/ },
  {
    what: 'backups of account files',
    paths: /^etc\/(passwd|group|shadow|gshadow|subuid|subgid)-$/,
  },
  {
    what: 'backups',
    paths: /^var\/(backups\/.+|lib\/dpkg\/[^/]*-old|cache\/debconf\/[^/]*-old|lib\/dpkg\/lock[^/]*)$/,
  },
  {
    what: "Puppet's state",
    paths: /^var\/(lib|cache)\/puppet\/(state|reports|clientbucket|ssl|public|locales)\/.+$/,
  },
  { what: "Puppet's state", paths: /^opt\/puppetlabs\/puppet\/(cache|public)\/.+$/ },
  { what: "Puppet's certificates", paths: /^etc\/(puppet|puppetlabs\/puppet)\/ssl\/.+$/ },
  { what: "the bake's own files", paths: /^run\/kiln(\/.*)?$/ },
];

/** Files that stay, with owner and mode, and lose their content. */
const EMPTIED: readonly PathRule[] = [MACHINE_ID, LOGS];

const REMOVED_PATHS = anyOf(REMOVED);
const REMOVED_FOLDERS = anyOf(REMOVED.filter(({ filesOnly }) => filesOnly !== true));
const EMPTIED_PATHS = anyOf(EMPTIED);

/** What sealing does with a path; a folder is never emptied. */
export function fateOf(path: string, isFolder: boolean): 'removed' | 'emptied' | 'kept' {
  if ((isFolder ? REMOVED_FOLDERS : REMOVED_PATHS).test(path)) return 'removed';
  return !isFolder && EMPTIED_PATHS.test(path) ? 'emptied' : 'kept';
}
