import { Fault } from '../core/fault.ts';
import type { Secret } from '../core/secret.ts';
import type { TarInput } from '../core/tar/member.ts';
import { writeTar } from '../core/tar/writer.ts';
import { environmentFile, variableName, variableProblem, variableText } from './environment-file.ts';

/** What an instance is told from outside, of itself and by its environment. */
export interface Delivery {
  readonly environment: string;
  readonly template: string;
  /** `web-1` */
  readonly node: string;
  /** `web@7` */
  readonly image: string;
  readonly digest: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly secrets: ReadonlyMap<string, Secret>;
}

const ROOT = { uid: 0, gid: 0 };
const CREDENTIAL = /^[A-Za-z0-9][A-Za-z0-9_.-]*$/;

/**
 * Gives what an instance is handed below `/run`, as a tar stream that can be had again: the secrets each in
 * `credentials/@system/NAME`, the rest in `kiln/environment.json` and `kiln/environment`; all root's. Equal
 * deliveries have equal bytes. Throws `DATA_INVALID` for data that a variable cannot carry, `SECRETS_INVALID` for a
 * name that is no file's.
 */
export function deliveryOf(delivery: Delivery): () => AsyncGenerator<Uint8Array> {
  const { environment, template, node, image, digest, data, secrets } = delivery;
  const variables = variablesOf(delivery);
  for (const name of secrets.keys()) {
    if (!CREDENTIAL.test(name))
      throw new Fault('SECRETS_INVALID', `\`${name}\` cannot be the name of a credential`);
  }
  const told = { environment, template, node, image, digest, data };
  return () =>
    writeTar([
      folder('credentials', 0o755),
      folder('credentials/@system', 0o700),
      ...[...secrets].map(([name, secret]) => file(`credentials/@system/${name}`, secret.reveal(), 0o400)),
      folder('kiln', 0o755),
      file('kiln/environment', environmentFile(variables), 0o644),
      file('kiln/environment.json', `${JSON.stringify(told, undefined, 2)}\n`, 0o644),
    ]);
}

function variablesOf({ environment, node, image, data }: Delivery): [string, string][] {
  const values = Object.entries(data).map(([key, value]): [string, string] => {
    const problem = variableProblem(key, value);
    if (problem !== undefined) throw new Fault('DATA_INVALID', `\`${key}\` ${problem}`);
    return [variableName(key), variableText(value)];
  });
  return [['KILN_ENVIRONMENT', environment], ['KILN_NODE', node], ['KILN_IMAGE', image], ...values];
}

function folder(path: string, mode: number): TarInput {
  return { path, type: 'directory', mode, ...ROOT, size: 0, mtime: 0 };
}

function file(path: string, text: string, mode: number): TarInput {
  const body = Buffer.from(text);
  return { path, type: 'file', mode, ...ROOT, size: body.length, mtime: 0, body };
}
