import { Fault } from '../../core/fault.ts';
import type { TarInput } from '../../core/tar/member.ts';
import { readTar } from '../../core/tar/reader.ts';
import { writeTar } from '../../core/tar/writer.ts';

/** The file without which an instance has not been given its data. */
const NEEDED_FILE = 'kiln/environment.json';
const SECRET = /^credentials\/@system\/([^/]+)$/;

/** A delivery as it is handed to an instance of EC2. */
export interface ReadDelivery {
  /** What is no secret, by path below `/run`. */
  readonly data: ReadonlyMap<string, string>;
  /** The secrets' names. */
  readonly secrets: readonly string[];
  /** All of it, what says that it is whole last. */
  readonly archive: () => AsyncIterable<Uint8Array>;
}

/** Reads a delivery whole, before anything is made; `MACHINE_NOT_READY` without its data, and what the delivery throws. */
export async function readDelivery(delivery: AsyncIterable<Uint8Array>): Promise<ReadDelivery> {
  const members: (TarInput & { readonly body?: Buffer })[] = [];
  for await (const { body, ...header } of readTar(delivery)) {
    if (header.type !== 'file') members.push(header);
    else members.push({ ...header, body: await bytesOf(body) });
  }
  const files = members.filter(({ type }) => type === 'file');
  const last = files.find(({ path }) => path === NEEDED_FILE);
  if (last === undefined) {
    throw new Fault('MACHINE_NOT_READY', 'the instance was not started: its data did not arrive', {
      hint: 'Only `launch` starts it.',
    });
  }
  const data = files.filter(({ path }) => path.startsWith('kiln/'));
  return {
    data: new Map(data.map(({ path, body }) => [path, (body ?? Buffer.alloc(0)).toString()])),
    secrets: files.flatMap(({ path }) => SECRET.exec(path)?.[1] ?? []),
    archive: () => writeTar([...members.filter((member) => member !== last && member.path !== ''), last]),
  };
}

async function bytesOf(body: AsyncIterable<Buffer>): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of body) pieces.push(piece);
  return Buffer.concat(pieces);
}

/**
 * Starts once more what wants something that was delivered, in the instance: on EC2 services start before it is there,
 * and a systemd that had no credentials as it booted looks for them in its stores alone (systemd.exec(5)). Arguments are
 * the secrets' names. Which services these are, their units say: by `LoadCredential=NAME`, by the secret's path, or by a
 * path in `/run/kiln`.
 */
export const START_WITH_DATA = `wants='/run/kiln/'
mkdir -p -m 0700 /run/credstore
for name; do
  ln -sfn "../credentials/@system/$name" "/run/credstore/$name"
  name=$(printf %s "$name" | sed 's/[.]/[.]/g')
  wants="$wants|^(Load|Import)Credential=$name(:|$)|/run/credentials/@system/$name([^A-Za-z0-9_.-]|$)"
done
set --
for unit in $(systemctl list-units --all --plain --no-legend --type=service | sed -n 's/^[^A-Za-z0-9_]*\\([^ ]*[.]service\\) .*/\\1/p'); do
  case $unit in ssh.service|sshd.service|ssh@*|systemd-*|cloud-*) continue ;; esac
  systemctl cat -- "$unit" 2>/dev/null | grep -Eq -- "$wants" || continue
  case $(systemctl is-active -- "$unit") in active|activating|reloading|failed) set -- "$@" "$unit" ;; esac
done
[ $# -eq 0 ] && exit 0
systemctl reset-failed -- "$@" 2>/dev/null
systemctl restart -- "$@" || :
systemctl start --no-block default.target
`;
