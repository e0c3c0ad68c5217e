import { z } from 'zod';
import { distributionShape } from './distribution.ts';
import { absolutePath, anyText, text } from './text.ts';
import { duration, positiveDuration, size } from './units.ts';

/** When the machine is up, and how long it is asked; times in milliseconds after parsing. */
export const probeShape = {
  'start-period': duration.prefault('0s').describe('Failures before this are not final.'),
  timeout: positiveDuration.prefault('60s').describe('The whole wait, start period included.'),
  interval: positiveDuration.prefault('500ms').describe('From one round of checks to the next.'),
  'success-threshold': z
    .int()
    .min(1)
    .max(1000)
    .prefault(3)
    .describe('Consecutive rounds in which a check holds.'),
  'stable-for': duration.prefault('3s').describe('How long a check must hold without a restart.'),
};

/** What the probe does otherwise with one check; the rest is as for all of them. */
export const ownProbeSchema = z
  .strictObject({
    'start-period': probeShape['start-period'].unwrap().exactOptional(),
    timeout: probeShape.timeout.unwrap().exactOptional(),
    interval: probeShape.interval.unwrap().exactOptional(),
    'success-threshold': probeShape['success-threshold'].unwrap().exactOptional(),
    'stable-for': probeShape['stable-for'].unwrap().exactOptional(),
  })
  .describe('What the probe does otherwise with this check.');

const portNumber = /^([1-9]\d{0,4})(?:\/(?:tcp|udp))?$/;

/** What the image is as a container. */
export const containerShape = {
  init: z.enum(['systemd', 'none']).prefault('systemd').describe('What process 1 is.'),
  command: z
    .array(text)
    .min(1, 'must not be empty')
    .exactOptional()
    .describe('What `init: none` runs, as a list of words.'),
  user: text
    .regex(/^[\w.-]+(?::[\w.-]+)?$/, 'must be a user, or user:group')
    .exactOptional()
    .describe('Who runs the command.'),
  workdir: absolutePath.exactOptional().describe('Where the command runs.'),
  env: z
    .record(z.string().regex(/^[A-Za-z_]\w*$/, 'is not the name of a variable'), anyText)
    .exactOptional()
    .describe("The command's environment; secrets do not belong here."),
  ports: z
    .array(
      z
        .string()
        .regex(portNumber, 'must be a port, as in "80" or "53/udp"')
        .refine((port) => Number.parseInt(port, 10) <= 65_535, 'must be a port up to 65535'),
    )
    .exactOptional()
    .describe('Ports that the image listens on.'),
};

/** The form of a disk: bytes after parsing. */
export const diskSchema = z.strictObject({
  size: size.prefault('4G').describe('The size of the disk, as in 4G; what is not used takes no room.'),
  compression: z
    .enum(['none', 'zstd', 'zlib'])
    .prefault('none')
    .describe(
      'Of the qcow2 file: none is the fastest to make and to start from, zstd the better of the others.',
    ),
});

/** A virtual machine: memory in MiB. */
export const vmSchema = z.strictObject({
  memory: z.int().min(64).prefault(1024).describe('Memory in MiB.'),
  cpus: z.int().min(1).max(512).prefault(2).describe('Processors.'),
});

/** The form of an AMI, whose disk is the disk form's: bytes after parsing. */
export const amiSchema = z.strictObject({
  region: z
    .string()
    .regex(/^[a-z]{2,3}(-[a-z]+)+-\d{1,2}$/, 'is not a region of AWS, as in eu-central-1')
    .exactOptional()
    .describe("Where it is made; by default AWS_REGION, or the profile's region."),
  volume: size
    .exactOptional()
    .describe('The size of the root disk of instances, where it is to be larger than `disk.size`.'),
  encrypted: z
    .boolean()
    .exactOptional()
    .describe("Whether its disk is encrypted; the account's default says so by itself."),
  'kms-key': z
    .string()
    .regex(/^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:(key|alias)\/[\w/-]+$/, 'is not the ARN of a KMS key')
    .exactOptional()
    .describe('The ARN of the key that its disk is encrypted with.'),
  tags: z
    .record(
      z
        .string()
        // As short as EBS direct has them.
        .regex(/^[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,127}$/u, 'is not the name of a tag')
        .regex(/^(?!aws:|kiln\.|Name$)/i, 'is a tag that AWS or Kiln sets itself'),
      z.string().regex(/^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,255}$/u, 'is not the value of a tag'),
    )
    .exactOptional()
    .describe('Tags of the AMI and its snapshots, besides those that Kiln gives them.'),
  ...distributionShape,
});

/** A range of addresses that may connect: one that holds nearly every address is refused, longer than /8, of IPv6 /32. */
const callers = z
  .string()
  .regex(/^(?:\d{1,3}(?:\.\d{1,3}){3}\/\d{1,2}|[0-9a-f:]+\/\d{1,3})$/, {
    error: 'is not a range, as in 203.0.113.7/32',
    abort: true,
  })
  .regex(
    /^(?:[\d.]+\/0*(?:[89]|[1-9]\d)|[0-9a-f:]*:[0-9a-f:]*\/0*(?:3[2-9]|[4-9]\d|[1-9]\d\d))$/,
    'is everybody, or nearly: name the range that you come from, at the widest a /8, or a /32 of IPv6',
  );

/** The instance that an image is baked in, in a cloud: bytes and milliseconds after parsing. */
export const instanceSchema = z.strictObject({
  type: z
    .string()
    .regex(/^[a-z0-9][a-z0-9.-]*$/, 'is not an instance type, as in t3.small')
    .exactOptional()
    .describe('The instance type, as in t3.small: what it is baked on unless said, and launched as.'),
  spot: z
    .boolean()
    .prefault(false)
    .describe('Take spare capacity, which is cheaper; without any it is an ordinary instance.'),
  volume: size
    .exactOptional()
    .describe("The size of its root disk, and the image's; by default that of the base."),
  subnet: z
    .string()
    .regex(/^subnet-[0-9a-f]+$/, 'is not the id of a subnet')
    .exactOptional()
    .describe('The subnet that it runs in; by default one of the default VPC.'),
  profile: z
    .string()
    .regex(/^[\w+=,.@-]{1,128}$/, 'is not the name of an instance profile')
    .exactOptional()
    .describe('The instance profile that it has, as Session Manager needs one.'),
  user: z
    .string()
    .regex(/^[a-z_][a-z0-9_-]{0,31}$/, 'is not the name of a user')
    .prefault('admin')
    .describe('Who enters it, and becomes root by sudo: admin, ubuntu, ec2-user.'),
  address: z
    .enum(['public', 'private'])
    .prefault('public')
    .describe('The address that it is reached by from here.'),
  from: callers
    .exactOptional()
    .describe(
      'Who may connect while it is baked; by default this host alone, by its public address or where `address` is private by its own; the VPC where a proxy leads to it.',
    ),
  'proxy-command': text
    .exactOptional()
    .describe(
      'A shell command that ssh connects through, with %h for the address and %p for the port: a bastion, Session Manager.',
    ),
  'start-timeout': positiveDuration.prefault('10m').describe('Until it must have been entered.'),
  'image-timeout': positiveDuration.prefault('2h').describe('Until AWS must have made an image of it.'),
});

export const machineSchema = z
  .enum(['container', 'vm', 'instance'])
  .describe('What the bake converges in: a system container unless the template needs a kernel of its own.');

export const formsSchema = z
  .array(z.enum(['oci', 'disk', 'ami']))
  .min(1, 'must name at least one form')
  .refine((forms) => new Set(forms).size === forms.length, 'names a form twice')
  .describe('What the image is shipped as.');
