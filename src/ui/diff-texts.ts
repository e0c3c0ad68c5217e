import type {
  ChangesView,
  EntryView,
  FileView,
  NamedView,
  PortView,
  PrivilegedView,
  ServiceView,
  UserView,
} from './diff-view.ts';

const SIGNS = { added: '+', removed: '-', changed: '~' } as const;

/** `+ provisioners/web.pp` */
export function namedText({ name, kind }: NamedView): string {
  return `${SIGNS[kind]} ${name}`;
}

/** One line for each thing that came, went or is another. */
export function changesText<T>(
  { added, removed, changed }: ChangesView<T>,
  text: { readonly one: (item: T) => string; readonly two: (before: T, after: T) => string },
): string[] {
  return [
    ...added.map((item) => `+ ${text.one(item)}`),
    ...removed.map((item) => `- ${text.one(item)}`),
    ...changed.map(({ before, after }) => `~ ${text.two(before, after)}`),
  ];
}

export const SERVICE_TEXT = {
  one: ({ unit, state }: ServiceView) => `${unit} (${state})`,
  two: (before: ServiceView, { unit, state }: ServiceView) => `${unit}: ${before.state} → ${state}`,
};

export const USER_TEXT = {
  one: ({ name, uid, gid }: UserView) => `${name} (${uid === gid ? uid : `${uid}, group ${gid}`})`,
  two: (before: UserView, after: UserView) => {
    const fields = (['uid', 'gid', 'home', 'shell'] as const).filter((key) => before[key] !== after[key]);
    return `${after.name}: ${fields.map((key) => `${key} ${before[key]} → ${after[key]}`).join(', ')}`;
  },
};

export const PORT_TEXT = {
  one: ({ process, ...port }: PortView) => `${placeOf(port)}${process === undefined ? '' : ` (${process})`}`,
  two: (before: PortView, after: PortView) => `${placeOf(after)}: ${before.process} → ${after.process}`,
};

function placeOf({ protocol, address, port }: Pick<PortView, 'protocol' | 'address' | 'port'>): string {
  return `${protocol} ${address.includes(':') ? `[${address}]` : address}:${port}`;
}

/** `~ /etc/motd (content, mode 644 → 600)` */
export function fileText({ path, kind, what, before, after }: FileView): string {
  const words =
    before === undefined || after === undefined
      ? what
      : what.map((word) => differenceText(word, before, after));
  return `${SIGNS[kind]} /${path}${words.length === 0 ? '' : ` (${words.join(', ')})`}`;
}

function differenceText(word: string, before: EntryView, after: EntryView): string {
  if (word === 'mode') return `mode ${before.mode.toString(8)} → ${after.mode.toString(8)}`;
  if (word === 'owner') return `owner ${before.uid}:${before.gid} → ${after.uid}:${after.gid}`;
  if (word === 'target') return `${before.target} → ${after.target}`;
  if (word === 'type') return `${before.type} → ${after.type}`;
  return word === 'xattrs' ? 'capabilities' : word;
}

/** `/usr/bin/sudo set-uid 0 (of sudo)` */
export function privilegedText({ path, bit, as, package: owner }: PrivilegedView): string {
  const who =
    bit === 'set-uid' ? (as === 0 ? 'root' : `user ${as}`) : as === 0 ? 'group root' : `group ${as}`;
  return `/${path} ${bit}, runs as ${who} (of ${owner ?? 'no package'})`;
}
