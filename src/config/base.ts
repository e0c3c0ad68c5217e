import { z } from 'zod';
import { always, exactlyOneOf } from './exactly-one.ts';
import { imageName, text } from './text.ts';

const SOURCES = ['debian', 'image', 'disk', 'ami', 'bake'] as const;
/** Keys that belong to one source, and which. */
const BELONGS = { include: 'debian', boot: 'debian', mirror: 'debian', sha256: 'disk' } as const;
const SOURCE_PURPOSE = 'it says what a clean machine starts from';

/** Names as apt reads them, with an architecture or a version; never an option. */
const debianPackage = z
  .string()
  .regex(/^[a-z0-9][a-z0-9+.-]*(?::[a-z0-9-]+)?(?:=[A-Za-z0-9.+:~-]+)?$/, "is not a Debian package's name");

/** A registry's reference by tag or digest; bytes are always taken by a digest in the end. */
const reference = z
  .string()
  .regex(
    /^[A-Za-z0-9][\w.:/-]*(?:@sha256:[0-9a-f]{64})?$/,
    'is not an image reference: NAME:TAG, or NAME@sha256: and 64 lower-case hex digits',
  );

const diskSource = text
  .refine(
    (source) => !/^\w+:/.test(source) || /^https?:\/\/\S+$/.test(source),
    'must be an http or https URL, or a path',
  )
  .refine((url) => !/^\w+:\/\/[^/]*@/.test(url), 'must not carry a password: it would be recorded');

/** Of the public ones, anybody may give an AMI any name: so its owner is always said. */
const ami = z.strictObject({
  owner: z
    .string({
      error: ({ input }) =>
        typeof input === 'number' ? 'must be in quotes: an account may begin with a zero' : undefined,
    })
    .regex(/^(?:\d{12}|self|amazon)$/, "is not an account's number of 12 digits, self or amazon")
    .describe("Whose AMI it is: an account's number, self or amazon."),
  name: text
    .max(128, 'is longer than the name of an AMI can be')
    .describe('Its name, with * and ? as wildcards; the newest is taken.'),
  architecture: z.enum(['x86_64', 'arm64']).prefault('x86_64').describe('As AWS calls it.'),
});

const mirror = z
  .string()
  .regex(/^(?:https?|file):\/\/\S+$/, 'must be a URL that starts with http://, https:// or file://')
  .refine(
    (url) => !/^\w+:\/\/[^/]*@/.test(url),
    'must not carry a password: it would be seen in the process list',
  );

export interface DebianBase {
  debian: string;
  /** Packages of every machine and image of this base. */
  include: string[];
  /** Packages that are joined in when a form or machine needs a kernel. */
  boot: string[];
  mirror?: string;
}
export interface ImageBase {
  image: string;
}
/** A disk image of somebody else's, such as a distribution's cloud image; virtual machines start from it. */
export interface DiskBase {
  /** A URL, or a path: absolute, or relative to the workspace. */
  disk: string;
  /** Of the file as it is given, hex. */
  sha256: string;
}
/** A vendor's AMI; instances start from it. */
export interface AmiBase {
  ami: z.output<typeof ami>;
}
export interface BakeBase {
  /** The template whose latest image is started from. */
  bake: string;
}

/** What a clean machine starts from, by the file's name. */
export type Base = { name: string } & (DebianBase | ImageBase | DiskBase | AmiBase | BakeBase);

/** `templates/bases/NAME.yaml`; the loader adds the name. */
export const baseSchema = z
  .strictObject({
    name: imageName.exactOptional().describe("The file's name; it can be left out."),
    debian: z
      .string()
      .regex(/^[a-z][a-z0-9-]*$/, 'is not a Debian suite, as in bookworm')
      .exactOptional()
      .describe('A Debian suite, bootstrapped from signed sources.'),
    include: z.array(debianPackage).exactOptional().describe('Packages of the base.'),
    boot: z
      .array(debianPackage)
      .exactOptional()
      .describe('Packages joined in when a form or machine needs a kernel.'),
    mirror: mirror
      .exactOptional()
      .describe("Where packages come from; the host's own apt sources unless said."),
    image: reference.exactOptional().describe('A container image; a tag is resolved to its digest.'),
    disk: diskSource
      .exactOptional()
      .describe('A disk image, qcow2 or raw, for `machine: vm`: a URL, or a path in the workspace.'),
    sha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/, 'is not a sha256: 64 lower-case hex digits')
      .exactOptional()
      .describe("The digest of the disk image's file."),
    ami: ami.exactOptional().describe("A vendor's AMI, for `machine: instance`."),
    bake: imageName.exactOptional().describe("Another template's latest image."),
  })
  .superRefine(exactlyOneOf(SOURCES, SOURCE_PURPOSE), always)
  .superRefine((base, context) => {
    if (SOURCES.every((source) => base[source] === undefined)) return;
    for (const [key, source] of Object.entries(BELONGS) as [keyof typeof BELONGS, 'debian' | 'disk'][]) {
      if (base[key] === undefined || base[source] !== undefined) continue;
      const message = `is only for a \`${source}:\` base`;
      context.addIssue({ code: 'custom', path: [key], message, params: { target: 'key' } });
    }
    if (base.disk === undefined || base.sha256 !== undefined) return;
    const message = 'is missing: a disk image is taken by the digest of its file';
    context.addIssue({ code: 'custom', path: ['sha256'], message });
  }, always)
  .meta({
    title: 'Kiln base',
    description: 'What a clean machine starts from.',
    oneOf: SOURCES.map((source) => ({ required: [source] })),
  })
  .transform((base): DebianBase | ImageBase | DiskBase | AmiBase | BakeBase => {
    const { debian, image, disk, sha256 = '', ami, bake, include = [], boot = [], mirror } = base;
    if (debian !== undefined) return { debian, include, boot, ...(mirror !== undefined && { mirror }) };
    if (disk !== undefined) return { disk, sha256 };
    if (ami !== undefined) return { ami };
    return image === undefined ? { bake: bake ?? '' } : { image };
  });
