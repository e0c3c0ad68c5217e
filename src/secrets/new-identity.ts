import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type AgeIdentity, newAgeIdentity } from './age-keys.ts';
import { usualKeyFile } from './identities.ts';

/** Makes an age identity and appends it to the user's key file, as age-keygen writes it; only the user can read that. */
export async function addIdentity(env: NodeJS.ProcessEnv = process.env): Promise<AgeIdentity> {
  const file = env['SOPS_AGE_KEY_FILE'] || usualKeyFile(env);
  const identity = await newAgeIdentity(file);
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await using handle = await open(file, 'a+', 0o600);
  const { size } = await handle.stat();
  const last = Buffer.alloc(1);
  if (size > 0) await handle.read(last, 0, 1, size - 1);
  const start = size === 0 || last.toString() === '\n' ? '' : '\n';
  const created = `${new Date().toISOString().slice(0, 19)}Z`;
  const lines = [`# created: ${created}`, `# public key: ${identity.recipient}`, identity.secret.reveal()];
  await handle.appendFile(`${start}${lines.join('\n')}\n`);
  await handle.sync();
  return identity;
}
