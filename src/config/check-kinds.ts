import { z } from 'zod';
import { matching, oneText, patterns, texts, truth, whole } from './matcher.ts';
import { text } from './text.ts';
import { positiveDuration } from './units.ts';

/** What each check of a kind has, and what goss has and Kiln does not have yet. */
interface CheckKind {
  /** The attribute that says what is looked at; the check's key does when it is left out. */
  readonly subject: string;
  readonly attributes: z.core.$ZodShape;
  readonly later?: readonly string[];
  /** For kinds where goss requires no attribute: one of these must be there, or nothing is checked. */
  readonly anyOf?: readonly string[];
}

/** goss counts in milliseconds without a unit; a duration with its unit is read as well. */
const timeout = z.union([z.int().min(1), positiveDuration]);
const header = z.string().regex(/^[^\s:]+:[^\r\n]*$/, 'must be a header, as in "Accept: text/html"');
const method = z.string().regex(/^[A-Z]+$/, 'must be an HTTP method in capitals, as in GET');
const url = z.string().regex(/^https?:\/\/\S+$/, 'must be a URL that starts with http:// or https://');
const path = z.string().regex(/^\/[^\0]*$/, 'must be an absolute path, which starts with /');
const unit = z.string().regex(/^[\w:.\\@][\w:.\\@-]*$/, 'is not the name of a unit');
const packageName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9+._:@~-]*$/, 'is not the name of a package');
const account = z.string().regex(/^\w[\w.@-]*\$?$/, 'is not the name of a user or group');
const port = z
  .string()
  .regex(/^(?:(?:tcp|udp)[46]?:)?\d{1,5}$/, 'must be a port, as in tcp:80 or udp6:53')
  .refine((name) => Number(name.replace(/^.*:/, '')) <= 65_535, 'must be a port up to 65535');
const mode = z
  .string({
    error: (issue) => (typeof issue.input === 'number' ? "must be in quotes, as in '0644'" : undefined),
  })
  .regex(/^[0-7]{3,4}$/, "must be three or four octal digits in quotes, as in '0644'");
const fileType = z.enum([
  'file',
  'directory',
  'symlink',
  'socket',
  'pipe',
  'character-device',
  'block-device',
]);

function hex(digits: number) {
  return matching(
    z.string().regex(new RegExp(`^[0-9a-f]{${digits}}$`), `must be ${digits} lower-case hex digits`),
  );
}

/** goss's kinds with the attributes of goss v0.4; each also has `title`, `meta` and `skip`. */
export const CHECK_KINDS = {
  service: {
    subject: 'name',
    attributes: {
      name: unit.exactOptional(),
      enabled: truth.exactOptional(),
      running: truth.exactOptional(),
    },
    later: ['runlevels'],
    anyOf: ['enabled', 'running'],
  },
  port: {
    subject: 'port',
    attributes: { port: port.exactOptional(), listening: truth, ip: texts.exactOptional() },
  },
  http: {
    subject: 'url',
    attributes: {
      url: url.exactOptional(),
      status: whole,
      body: patterns.exactOptional(),
      headers: patterns.exactOptional(),
      method: method.exactOptional(),
      'request-headers': z.array(header).exactOptional(),
      timeout: timeout.exactOptional(),
      'allow-insecure': z.boolean().exactOptional(),
      'no-follow-redirects': z.boolean().exactOptional(),
    },
    later: ['username', 'password', 'request-body', 'ca-file', 'cert-file', 'key-file', 'proxy'],
  },
  file: {
    subject: 'path',
    attributes: {
      path: path.exactOptional(),
      exists: truth,
      mode: matching(mode).exactOptional(),
      size: whole.exactOptional(),
      owner: oneText.exactOptional(),
      group: oneText.exactOptional(),
      uid: whole.exactOptional(),
      gid: whole.exactOptional(),
      filetype: matching(fileType).exactOptional(),
      contents: patterns.exactOptional(),
      'linked-to': oneText.exactOptional(),
      md5: hex(32).exactOptional(),
      sha256: hex(64).exactOptional(),
      sha512: hex(128).exactOptional(),
    },
  },
  command: {
    subject: 'exec',
    attributes: {
      exec: text.exactOptional(),
      'exit-status': whole,
      stdout: patterns.exactOptional(),
      stderr: patterns.exactOptional(),
      timeout: timeout.exactOptional(),
    },
  },
  package: {
    subject: 'name',
    attributes: { name: packageName.exactOptional(), installed: truth, versions: texts.exactOptional() },
  },
  process: {
    subject: 'comm',
    attributes: { comm: text.exactOptional(), running: truth },
  },
  user: {
    subject: 'username',
    attributes: {
      username: account.exactOptional(),
      exists: truth,
      uid: whole.exactOptional(),
      gid: whole.exactOptional(),
      groups: texts.exactOptional(),
      home: oneText.exactOptional(),
      shell: oneText.exactOptional(),
    },
  },
  group: {
    subject: 'groupname',
    attributes: { groupname: account.exactOptional(), exists: truth, gid: whole.exactOptional() },
  },
} as const satisfies Record<string, CheckKind>;

/** goss's other kinds, which come later. */
export const LATER_KINDS = [
  'addr',
  'dns',
  'gossfile',
  'interface',
  'kernel-param',
  'matching',
  'mount',
] as const;
