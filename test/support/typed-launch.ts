import { join } from 'node:path';
import { initSecrets } from '../../src/app/secrets/init-secrets.ts';
import { setSecret } from '../../src/app/secrets/set-secret.ts';
import { Secret } from '../../src/core/secret.ts';
import { withEnv } from './with-env.ts';

/** The variables of a command that launches at AWS, in a workspace whose environment prod gets a secret `api_token`. */
export async function launchingFrom(
  { folder, root, home }: { readonly folder: string; readonly root: string; readonly home: string },
  { cloud, secret }: { readonly cloud: Readonly<Record<string, string>>; readonly secret: string },
  signal: AbortSignal,
): Promise<Record<string, string>> {
  const env = {
    ...cloud,
    KILN_HOME: home,
    SOPS_AGE_KEY_FILE: join(folder, 'keys.txt'),
    // Who has all at AWS needs no engine.
    DOCKER_HOST: 'unix:///nowhere/docker.sock',
  };
  using _set = withEnv({ SOPS_AGE_KEY_FILE: env.SOPS_AGE_KEY_FILE });
  const request = { workspace: root, environment: 'prod' };
  await initSecrets({ ...request, recipients: [] }, signal);
  await setSecret({ ...request, name: 'api_token', value: new Secret(secret) }, signal);
  return env;
}
