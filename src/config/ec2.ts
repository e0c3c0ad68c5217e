import { z } from 'zod';
import { instanceSchema } from './settings.ts';
import { text } from './text.ts';

/** Where and how an environment's instances of EC2 run, and how they are entered. */
export interface Ec2Config {
  readonly region: string;
  /** Instances are spread over them by their slots. */
  readonly subnets: readonly string[];
  readonly 'security-groups': readonly string[];
  /** Of images that say none themselves. */
  readonly 'instance-type'?: string;
  /** The instance profile's name. */
  readonly 'instance-profile'?: string;
  /** What instances are reached by: one of their addresses, or their id where a proxy command takes that. */
  readonly address: 'private' | 'public' | 'instance-id';
  /** A key pair of EC2 in that region, whose public half instances are given. */
  readonly 'key-name'?: string;
  /** Without it nobody enters them: they are asked from outside, and are handed no secrets. */
  readonly ssh?: Ec2Ssh;
  /** Images fetch their secrets by themselves, from Parameter Store; ssh hands them out when it is left out. */
  readonly secrets?: 'parameters';
  /** The path of its secrets in Parameter Store; `/kiln/ENVIRONMENT` when it is left out. */
  readonly parameters?: string;
  /** What encrypts them there; the account's own key for Parameter Store when it is left out. */
  readonly 'kms-key'?: string;
}

/** How instances are entered. */
export interface Ec2Ssh {
  readonly user: string;
  readonly port: number;
  /** The private key's file: absolute, or below `~/`. */
  readonly identity: string;
  /** A shell command, with `%h` and `%p`. */
  readonly 'proxy-command'?: string;
}

/** What one image says of its instances there. */
export interface Ec2ImageConfig {
  readonly 'instance-type'?: string;
  /** Allocation ids, one for every instance. */
  readonly 'elastic-ips': readonly string[];
}

const id = (kind: string, example: string) =>
  z.string().regex(new RegExp(`^${kind}-[0-9a-f]+$`), `is not the id of a ${example}`);

const unique = (ids: readonly string[]) => new Set(ids).size === ids.length;

const instanceType = instanceSchema.shape.type;

const sshSchema = z.strictObject({
  user: z
    .string()
    .regex(/^[a-z_][a-z0-9_-]*$/, 'is not the name of a user')
    .describe('Who logs in; another than root needs `sudo` without a password.'),
  port: z.int().min(1).max(65535).prefault(22),
  identity: z
    .string()
    .regex(/^(\/|~\/)./, 'must be an absolute path, or one that begins with ~/')
    .describe('The file of the private key, without a passphrase; it is outside of the workspace.'),
  'proxy-command': text
    .exactOptional()
    .describe('A shell command that the connection goes through, as ssh has it, with %h and %p.'),
});

/** `ec2:` of an environment. */
export const ec2Schema: z.ZodType<Ec2Config> = z
  .strictObject({
    region: z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d+$/, 'is not a region, as in eu-central-1'),
    subnets: z
      .array(id('subnet', 'subnet, as in subnet-0123abcd'))
      .min(1, 'must name at least one subnet')
      .refine(unique, 'names a subnet twice')
      .describe('Instances are spread over them, and take the next where one has no capacity.'),
    'security-groups': z
      .array(id('sg', 'security group, as in sg-0123abcd'))
      .min(1, 'must name at least one security group')
      .refine(unique, 'names a security group twice'),
    'instance-type': instanceType.describe('Of images that say none themselves, as in t3.small.'),
    'instance-profile': z
      .string()
      .regex(/^[\w+=,.@-]{1,128}$/, 'is not the name of an instance profile')
      .exactOptional()
      .describe('The name of the instance profile that instances have.'),
    address: z
      .enum(['private', 'public', 'instance-id'])
      .prefault('private')
      .describe(
        'What ssh connects to, or checks from outside; instance-id for a proxy command that takes that.',
      ),
    'key-name': text.exactOptional().describe('A key pair of EC2 whose public key instances are given.'),
    ssh: sshSchema
      .exactOptional()
      .describe(
        'How instances are entered, to hand them their secrets and to check them; without it they are checked from outside.',
      ),
    secrets: z
      .enum(['parameters'])
      .exactOptional()
      .describe(
        'parameters: images fetch their secrets by themselves from Parameter Store, and are handed none by ssh.',
      ),
    parameters: z
      .string()
      .regex(/^(\/[A-Za-z0-9_.-]+)+$/, 'is not a path of Parameter Store, as in /kiln/prod')
      .exactOptional()
      .describe('Where `launch secrets push` writes: /kiln/ENVIRONMENT unless said.'),
    'kms-key': text
      .exactOptional()
      .describe('The key that encrypts secrets there: an id, ARN or alias/NAME.'),
  })
  .superRefine(({ address, ssh }, context) => {
    if (address !== 'instance-id' || ssh?.['proxy-command'] !== undefined) return;
    const message = 'is `instance-id`, which only a `proxy-command` of `ssh` can connect to';
    context.addIssue({ code: 'custom', path: ['address'], message });
  });

/** `ec2:` of one image of an environment. */
export const ec2ImageSchema: z.ZodType<Ec2ImageConfig> = z.strictObject({
  'instance-type': instanceType.describe('Another than the environment’s or the image’s own.'),
  'elastic-ips': z
    .array(id('eipalloc', 'allocation of an Elastic IP, as in eipalloc-0123abcd'))
    .prefault([])
    .refine(unique, 'names an address twice')
    .describe('Elastic IPs, one for every instance; they move to the new instance once it is healthy.'),
});

/** The path of an environment's secrets in Parameter Store. */
export function parametersPath(environment: string, { parameters }: Pick<Ec2Config, 'parameters'>): string {
  return parameters ?? `/kiln/${environment}`;
}
