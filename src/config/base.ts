import { z } from 'zod';
import { always, exactlyOneOf } from './exactly-one.ts';
import { notYet } from './not-yet.ts';
import { imageName } from './text.ts';

const SOURCES = ['debian', 'image', 'bake'] as const;
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
export interface BakeBase {
  /** The template whose latest image is started from. */
  bake: string;
}

/** What a clean machine starts from, by the file's name. */
export type Base = { name: string } & (DebianBase | ImageBase | BakeBase);

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
    bake: imageName.exactOptional().describe("Another template's latest image."),
  })
  .superRefine(exactlyOneOf(SOURCES, SOURCE_PURPOSE), always)
  .superRefine((base, context) => {
    if (base.debian !== undefined || (base.image === undefined && base.bake === undefined)) return;
    for (const key of ['include', 'boot', 'mirror'] as const) {
      if (base[key] === undefined) continue;
      context.addIssue({
        code: 'custom',
        path: [key],
        message: 'is only for a `debian:` base',
        params: { target: 'key' },
      });
    }
  }, always)
  .meta({
    title: 'Kiln base',
    description: 'What a clean machine starts from.',
    oneOf: SOURCES.map((source) => ({ required: [source] })),
  })
  .register(notYet, { keys: ['disk', 'ami'] })
  .transform(
    ({ debian, image, bake, include = [], boot = [], mirror }): DebianBase | ImageBase | BakeBase => {
      if (debian !== undefined) return { debian, include, boot, ...(mirror !== undefined && { mirror }) };
      return image === undefined ? { bake: bake ?? '' } : { image };
    },
  );
