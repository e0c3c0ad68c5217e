import type { ReadDelivery } from './instance-delivery.ts';

/** "User data is limited to 16 KB, in raw form": Amazon EC2 User Guide, "Run commands when you launch an EC2 instance". */
const MOST_BYTES = 16 * 1024;

/** Writes a file in `/run/kiln` at every boot, before services start; in arguments a user's words are no code. */
const WRITE = 'umask 022; mkdir -p /run/kiln; printf %s "$2" | base64 -d > "/run/$1"';

/**
 * What an instance is told in a way that everybody may read who may describe it: its data, and where its secrets are in
 * Parameter Store; never a secret. cloud-init writes them to `/run/kiln`. Without its data where that is too large for
 * user data, of which the instance gets the rest by ssh.
 */
export function userDataOf(
  { data, secrets }: Pick<ReadDelivery, 'data' | 'secrets'>,
  { region, parameters }: { readonly region: string; readonly parameters: string },
): string {
  const told = { region, path: parameters, names: secrets };
  const files = new Map([...data, ['kiln/parameters.json', `${JSON.stringify(told)}\n`]]);
  const whole = cloudConfig(files);
  if (Buffer.byteLength(whole) <= MOST_BYTES) return whole;
  return cloudConfig(new Map([...files].filter(([path]) => !data.has(path))));
}

/** JSON is YAML; cloud-init quotes the words of a command that is a list. */
function cloudConfig(files: ReadonlyMap<string, string>): string {
  const bootcmd = [...files].map(([path, text]) => [
    ...['sh', '-c', WRITE, 'sh', path],
    Buffer.from(text).toString('base64'),
  ]);
  return `#cloud-config\n${JSON.stringify({ bootcmd })}\n`;
}
