import { z } from 'zod';
import { age } from './age.ts';
import { type Ec2Config, type Ec2ImageConfig, ec2ImageSchema, ec2Schema } from './ec2.ts';
import { always } from './exactly-one.ts';
import { notYet } from './not-yet.ts';
import { isOverlapping, type PublishRange, publishRange, sharedPort } from './publish-range.ts';
import { imageName } from './text.ts';

/** What an environment runs, and what may come there. Times in milliseconds. */
export interface EnvironmentConfig {
  readonly platform: EnvironmentPlatform;
  /** The environment where an image must be healthy before it comes here; the first one has none. */
  readonly after?: string;
  /** How long it must have been so. */
  readonly soak?: number;
  /** How old an image may be. */
  readonly 'max-age'?: number;
  /** There where any of its images runs on ec2. */
  readonly ec2?: Ec2Config;
  /** By template. */
  readonly images: Readonly<Record<string, EnvironmentImage>>;
}

/** Where an environment's instances can run, in the words of platforms/platform.ts's `PlatformName`. */
export type EnvironmentPlatform = (typeof PLATFORMS)[number];

/** How one template's image runs in an environment. */
export interface EnvironmentImage {
  /** Another than the environment's. */
  readonly platform?: EnvironmentPlatform;
  /** How many instances. */
  readonly count: number;
  /** Each range has a port of the host for every instance. */
  readonly publish: readonly PublishRange[];
  /** What the hierarchy calls it; the template's name when it is left out. */
  readonly role?: string;
  readonly 'check-before-swap': boolean;
  /** A launch of all that the environment declares takes it along only where it runs already. */
  readonly 'on-request': boolean;
  /** On that platform alone. */
  readonly ec2?: Ec2ImageConfig;
}

const PLATFORMS = ['docker', 'qemu', 'ec2'] as const;
const DEFAULT_IMAGE: EnvironmentImage = {
  count: 1,
  publish: [],
  'check-before-swap': true,
  'on-request': false,
};

const platform = z.enum(PLATFORMS);

/** Those that are ranges, with their index: what is refused by its form is still the text that it was. */
function wellFormed(publish: readonly PublishRange[]): [number, PublishRange][] {
  return [...publish.entries()].filter(([, range]) => typeof range === 'object');
}

const imageSchema = z
  .strictObject({
    platform: platform
      .exactOptional()
      .describe('Where its instances run, where that is another platform than the environment’s.'),
    count: z.int().min(1).max(1000).prefault(1).describe('How many instances of it run.'),
    publish: z
      .array(publishRange)
      .prefault([])
      .describe('Ports as docker writes them, "8080-8081:80": one of the host for every instance.'),
    role: z
      .string()
      .regex(
        /^[a-z0-9][a-z0-9_-]*$/,
        'is not a role: it becomes part of file names, so it is lower-case letters, digits, `_` and `-`',
      )
      .exactOptional()
      .describe("What the hierarchy calls it; the template's name unless said."),
    'check-before-swap': z
      .boolean()
      .prefault(true)
      .describe("False for an image that cannot be healthy without its environment's network."),
    'on-request': z
      .boolean()
      .prefault(false)
      .describe('True for an image that is first launched when it is named, and not with all the others.'),
    ec2: ec2ImageSchema.exactOptional().describe('Its instances, where they run on ec2.'),
  })
  .superRefine(({ count, publish }, context) => {
    for (const [index, { from, to }] of wellFormed(publish)) {
      const ports = to - from + 1;
      if (to < from || ports === count) continue;
      const has = ports === 1 ? '1 port' : `${ports} ports`;
      const message = `has ${has} of the host, but \`count\` is ${count}: each instance takes one, as in "${from}${count === 1 ? '' : `-${from + count - 1}`}:…"`;
      context.addIssue({ code: 'custom', path: ['publish', index], message });
    }
  })
  .nullable()
  .transform((image): EnvironmentImage => image ?? DEFAULT_IMAGE);

/** `environments/NAME/environment.yaml` */
export const environmentSchema: z.ZodType<EnvironmentConfig> = z
  .strictObject({
    platform: platform.describe(
      'Where its instances run: docker as containers, qemu as virtual machines of this host, ec2 at AWS.',
    ),
    after: imageName
      .exactOptional()
      .describe('The environment where an image must be healthy before it comes here.'),
    soak: age.exactOptional().describe('How long it must have been healthy there, as in 1h.'),
    'max-age': age.exactOptional().describe('How old an image may be, as in 30d.'),
    ec2: ec2Schema.exactOptional().describe('Where at AWS its instances run, and how they are entered.'),
    images: z.record(imageName, imageSchema).prefault({}).describe('What runs here, by template.'),
  })
  .superRefine((environment, context) => {
    if (!('soak' in environment) || 'after' in environment) return;
    const message = 'is how long an image must have run in the environment before: it needs `after`';
    context.addIssue({ code: 'custom', path: ['soak'], message, params: { target: 'key' } });
  }, always)
  .superRefine(checkEc2)
  .superRefine(({ images }, context) => {
    const met: { readonly where: string; readonly range: PublishRange }[] = [];
    for (const [template, { publish }] of Object.entries(images)) {
      for (const [index, range] of wellFormed(publish)) {
        const other = met.find((before) => isOverlapping(before.range, range));
        met.push({ where: `images.${template}.publish[${index}]`, range });
        if (other === undefined) continue;
        const message = `wants port ${sharedPort(other.range, range)} of the host, which \`${other.where}\` has already`;
        context.addIssue({ code: 'custom', path: ['images', template, 'publish', index], message });
      }
    }
  })
  .meta({ title: 'Kiln environment', description: 'What an environment runs, and what may come there.' })
  .register(notYet, { keys: ['trust'] });

/** What an image may say depends on where it runs. */
function checkEc2(
  environment: Pick<EnvironmentConfig, 'platform' | 'images' | 'ec2'>,
  context: z.core.$RefinementCtx,
): void {
  const say = (path: (string | number)[], message: string) =>
    context.addIssue({ code: 'custom', path, message });
  const addresses = new Map<string, string>();
  if (environment.platform === 'ec2' && environment.ec2 === undefined)
    say(['platform'], 'is `ec2`: say where there, with `ec2:`');
  for (const [template, image] of Object.entries(environment.images)) {
    const at = ['images', template];
    if (platformOf(environment, template) !== 'ec2') {
      if (image.ec2 !== undefined) say([...at, 'ec2'], 'is for an image that runs on ec2, and this does not');
      continue;
    }
    if (image.platform === 'ec2' && environment.ec2 === undefined)
      say([...at, 'platform'], 'is `ec2`: say where there, with `ec2:` of the environment');
    if (image.publish.length > 0)
      say([...at, 'publish'], 'is for ports of this host: an instance of EC2 has an address of its own');
    const ips = image.ec2?.['elastic-ips'] ?? [];
    if (ips.length > 0 && ips.length !== image.count)
      say([...at, 'ec2', 'elastic-ips'], `has ${ips.length}, but \`count\` is ${image.count}`);
    for (const [index, ip] of ips.entries()) {
      const other = addresses.get(ip);
      if (other !== undefined && other !== template)
        say([...at, 'ec2', 'elastic-ips', index], `is the address of \`images.${other}\` already`);
      addresses.set(ip, template);
    }
  }
}

/** Where a template's instances run in an environment. */
export function platformOf(
  { platform, images }: Pick<EnvironmentConfig, 'platform' | 'images'>,
  template: string,
): EnvironmentPlatform {
  return (Object.hasOwn(images, template) ? images[template]?.platform : undefined) ?? platform;
}

/** The ports of an instance by its slot, from 1, in the shape of platforms/launcher.ts's `PublishedPort`. */
export function publishOf(
  { publish }: EnvironmentImage,
  slot: number,
): { host?: string; hostPort: number; port: number; protocol: 'tcp' | 'udp' }[] {
  return publish.map(({ from, to: _to, ...rest }) => ({ ...rest, hostPort: from + slot - 1 }));
}
