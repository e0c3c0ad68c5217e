import { Fault } from '../../core/fault.ts';
import type { CloudPlace } from '../launcher.ts';
import type { ReadDelivery } from './instance-delivery.ts';

/** "User data is limited to 16 KB, in raw form": Amazon EC2 User Guide, "Run commands when you launch an EC2 instance". */
const MOST_BYTES = 16 * 1024;

/** Writes a file in `/run/kiln` at every boot, before services start; in arguments a user's words are no code. */
const WRITE = 'umask 022; mkdir -p /run/kiln; printf %s "$2" | base64 -d > "/run/$1"';

/** What user data says of an instance's place: where its secrets are, and the names of those that it fetches. */
type Told = Pick<CloudPlace, 'region' | 'parameters' | 'fetches'>;

/**
 * What an instance is told in a way that everybody may read who may describe it: its data, and where its secrets are in
 * Parameter Store; never a secret. cloud-init writes them to `/run/kiln`. Without its data where that is too large for
 * user data, of which the instance gets the rest by ssh.
 */
export function userDataOf({ data, secrets }: Pick<ReadDelivery, 'data' | 'secrets'>, place: Told): string {
  const files = filesOf({ data, secrets }, place);
  const whole = cloudConfig(files);
  if (Buffer.byteLength(whole) <= MOST_BYTES) return whole;
  return cloudConfig(new Map([...files].filter(([path]) => !data.has(path))));
}

/** The same for an instance that nobody enters, which gets nothing else; `DATA_INVALID` when it is too large. */
export function wholeUserData(
  given: Pick<ReadDelivery, 'data' | 'secrets'>,
  { place, image }: { readonly place: Told; readonly image: string },
): string {
  const whole = cloudConfig(filesOf(given, place));
  const bytes = Buffer.byteLength(whole);
  if (bytes <= MOST_BYTES) return whole;
  throw new Fault(
    'DATA_INVALID',
    `the data of ${image} makes ${bytes} bytes of user data, and EC2 takes ${MOST_BYTES}`,
    {
      hint: 'Only by ssh an instance gets more: say `ssh:` in `ec2:` of the environment, or give it less data.',
    },
  );
}

function filesOf(
  { data, secrets }: Pick<ReadDelivery, 'data' | 'secrets'>,
  { region, parameters, fetches = secrets }: Told,
): ReadonlyMap<string, string> {
  const told = { region, path: parameters, names: fetches };
  return new Map([...data, ['kiln/parameters.json', `${JSON.stringify(told)}\n`]]);
}

/** JSON is YAML; cloud-init quotes the words of a command that is a list. */
function cloudConfig(files: ReadonlyMap<string, string>): string {
  const bootcmd = [...files].map(([path, text]) => [
    ...['sh', '-c', WRITE, 'sh', path],
    Buffer.from(text).toString('base64'),
  ]);
  return `#cloud-config\n${JSON.stringify({ bootcmd })}\n`;
}
