import type { SecretsVersion } from '../../catalogue/secrets-version.ts';
import { type EnvironmentImage, platformOf, publishOf } from '../../config/environment.ts';
import { canonicalJson, digestOf } from '../../core/digest.ts';
import { Fault } from '../../core/fault.ts';
import type { Secret } from '../../core/secret.ts';
import { deliveryOf } from '../../environments/delivery.ts';
import { assertData, resolveData } from '../../environments/resolve-data.ts';
import type { InstanceSpec } from '../../platforms/launcher.ts';
import type { PlatformName } from '../../platforms/platform.ts';
import { assertCloudInit } from './assert-cloud-init.ts';
import type { ChosenImage } from './choose-image.ts';
import { cloudPlace } from './cloud-place.ts';
import type { EnvironmentSecrets } from './environment-secrets.ts';
import { assertHandedOut, fetchedSecrets } from './fetched-secrets.ts';
import { type ImageRuntime, runtimeOf } from './image-runtime.ts';
import type { LaunchPorts } from './launch-ports.ts';
import { nodeOf } from './node.ts';
import type { OpenedEnvironment } from './open-environment.ts';
import { startable } from './startable.ts';

/** All that a launch of one image will do, decided before anything is touched. */
export interface PlannedImage {
  readonly template: string;
  readonly chosen: ChosenImage;
  readonly platform: PlatformName;
  readonly runtime: ImageRuntime;
  readonly checkBeforeSwap: boolean;
  /** From slot 1. */
  readonly specs: readonly Omit<InstanceSpec, 'launch'>[];
  /** What was refused, and let pass by `--override`. */
  readonly overridden: readonly string[];
  /** Of the file that its secrets are from. */
  readonly secrets?: SecretsVersion;
}

/**
 * Plans the instances of a chosen image: its very bytes are there, and the environment has every value and secret that
 * it asks for. `IMAGE_ALTERED`, `FORM_MISSING`, `CONFIG_INVALID`, `DATA_INVALID`, `SECRETS_LOCKED`, `SECRETS_INVALID`.
 */
export async function planImage(
  { template, image, chosen }: { template: string; image: EnvironmentImage; chosen: ChosenImage },
  environment: OpenedEnvironment,
  ports: Pick<LaunchPorts, 'images' | 'amis' | 'parameters' | 'catalogue' | 'home'>,
  openSecrets: () => Promise<EnvironmentSecrets>,
  signal: AbortSignal,
): Promise<PlannedImage> {
  const { record } = chosen;
  const runtime = runtimeOf(record);
  const { form, vm, listens } = await startable(chosen, environment, ports, signal);
  assertListens(record.name, listens, image, environment);
  const isCloud = platformOf(environment.config, template) === 'ec2';
  if (isCloud) assertCloudInit(record, environment);
  const asksForSecrets = Object.keys(runtime.secrets).length > 0;
  if (isCloud && asksForSecrets) assertHandedOut(record.name, environment);
  const opened = asksForSecrets ? await openSecrets() : undefined;
  const secrets = handedOut(record.name, runtime, opened, environment);
  const fetches = isCloud
    ? await fetchedSecrets(record.name, secrets, environment, ports, signal)
    : undefined;
  const places = Array.from({ length: image.count }, (_, index) => index + 1);
  const specs = await Promise.all(
    places.map(async (slot) => {
      const node = nodeOf({ template, slot });
      const context = { env: environment.name, role: image.role ?? template, node };
      const resolved = await resolveData(runtime.data, environment.hierarchy, context, signal);
      const data = assertData(resolved, { image: record.name, environment: environment.name });
      const publish = publishOf(image, slot);
      const ec2 = isCloud ? { ...cloudPlace(environment, template, slot, runtime), ...fetches } : undefined;
      const identity = {
        environment: environment.name,
        template,
        image: record.name,
        digest: record.digest,
        form,
        slot,
        inputs: digestOf(canonicalJson({ data, publish, secrets: opened?.file?.digest ?? null, ec2 })),
      };
      const delivery = deliveryOf({
        ...identity,
        node,
        data,
        secrets: fetches === undefined ? secrets : new Map(),
      });
      const where = { ...(vm === undefined ? {} : { vm }), ...(ec2 === undefined ? {} : { ec2 }) };
      return { ...identity, init: runtime.init, ...where, publish, delivery };
    }),
  );
  return {
    template,
    chosen,
    platform: platformOf(environment.config, template),
    runtime,
    checkBeforeSwap: image['check-before-swap'],
    specs,
    overridden: [...chosen.overridden, ...(opened?.overridden ?? [])],
    ...(opened?.file === undefined ? {} : { secrets: opened.file.version }),
  };
}

/** An image that says which ports it listens on is not published on others, where nothing would answer. */
function assertListens(
  name: string,
  listens: readonly string[],
  image: EnvironmentImage,
  environment: OpenedEnvironment,
): void {
  const other = image.publish.find(({ port, protocol }) => !listens.includes(`${port}/${protocol}`));
  if (listens.length === 0 || other === undefined) return;
  const port = `${other.port}/${other.protocol}`;
  throw new Fault(
    'CONFIG_INVALID',
    `${environment.name} publishes port ${port} of ${name}, which listens on ${listens.join(', ')}`,
    {
      hint: 'Mend `publish:` in its environment.yaml (HOST:IMAGE), or `ports:` of `container:` in the template, and bake again.',
    },
  );
}

/** Of the environment's secrets, those that the image asks for. */
function handedOut(
  image: string,
  { secrets }: ImageRuntime,
  opened: EnvironmentSecrets | undefined,
  { name: environment, shownSecretsFile }: OpenedEnvironment,
): ReadonlyMap<string, Secret> {
  const found = new Map<string, Secret>();
  const missing: string[] = [];
  for (const [name, { required }] of Object.entries(secrets)) {
    const value = opened?.values.get(name);
    if (value !== undefined) found.set(name, value);
    else if (required) missing.push(name);
  }
  if (missing.length === 0) return found;
  const init = opened?.file === undefined ? `\`launch secrets init --env ${environment}\`, then ` : '';
  throw new Fault(
    'DATA_INVALID',
    `${image} needs secrets that ${environment} has not: ${missing.join(', ')}`,
    {
      details: [opened?.file === undefined ? `there is no ${shownSecretsFile}` : shownSecretsFile],
      hint: `Set them: ${init}\`launch secrets set ${missing[0]} --env ${environment}\`.`,
    },
  );
}
