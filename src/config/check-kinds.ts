import { isIP } from 'node:net';
import { z } from 'zod';
import { anyValue, matcher, matching, oneText, patterns, texts, truth, whole } from './matcher.ts';
import { text } from './text.ts';
import { positiveDuration } from './units.ts';

/** What each check of a kind has. */
interface CheckKind {
  /** The attribute that says what is looked at; the check's key does when it is left out. */
  readonly subject: string;
  readonly attributes: z.core.$ZodShape;
  /** What an attribute was called once, and its name now. */
  readonly renamed?: Readonly<Record<string, string>>;
  /** For kinds where goss requires no attribute: one of these must be there, or nothing is checked. */
  readonly anyOf?: readonly string[];
  /** Why a check by this name cannot be asked, though each of its attributes could be. */
  readonly refuse?: (name: string, check: Readonly<Record<string, unknown>>) => string | undefined;
}

/** goss counts in milliseconds without a unit; a duration with its unit is read as well. 0 is the default. */
const timeout = z.union([z.int().min(0), positiveDuration]);
const header = z
  .string()
  .regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+:[^\r\n\0]*$/, 'must be a header, as in "Accept: text/html"');
const method = z.string().regex(/^[A-Z]+$/, 'must be an HTTP method in capitals, as in GET');
const url = z
  .string()
  .regex(/^https?:\/\/\S+$/, { error: 'must be a URL that starts with http:// or https://', abort: true })
  .refine(isUrl, 'is no URL that can be asked');
const path = z.string().regex(/^\/[^\0]*$/, 'must be an absolute path, which starts with /');
const pathOrNone = z.string().regex(/^(\/[^\0]*)?$/, 'must be an absolute path, which starts with /');
const homePath = z
  .string()
  .regex(/^(~[\w.-]*)?(\/[^\0]*)?$/, 'must be an absolute path, which starts with / or ~')
  .min(1, 'must be an absolute path, which starts with / or ~');
const proxy = z.string().regex(/^(https?|socks5h?):\/\/\S+$/, 'must be the URL of a proxy');
const address = z
  .string()
  .regex(
    /^(?:(?:tcp[46]?|udp):\/\/)?(?:[\w.][\w.-]*|\[[0-9A-Fa-f:.]+\]):\d{1,5}$/,
    'must be an address with a port, as in tcp://127.0.0.1:80 (of networks there are tcp, tcp4, tcp6 and udp)',
  )
  .refine((text) => Number(text.replace(/^.*:/, '')) <= 65_535, 'must have a port up to 65535');
const ip = z.string().refine((text) => isIP(text) !== 0, 'must be an IP address');
const server = z
  .string()
  .regex(/^(?:[\w.][\w.-]*(?::\d{1,5})?|\[[0-9A-Fa-f:.]+\](?::\d{1,5})?|[0-9A-Fa-f:.]+)$/, {
    error: 'must be a name server, as in 192.0.2.1 or 192.0.2.1:53',
    abort: true,
  })
  .refine(isServer, 'must be an IP address or a name, with a port up to 65535 or none');
const lookup = z
  .string()
  .regex(/^(?:(?:A|AAAA|CAA|CNAME|MX|NS|PTR|SRV|TXT):)?(?![A-Z]+:)[\w.:][\w.:-]*$/, {
    error:
      'must be a name to look up, with a type of record before it or none, as in example.org or MX:example.org',
    abort: true,
  })
  .refine(
    (text) =>
      text
        .replace(/^[A-Z]+:/, '')
        .split('.')
        .every((label) => label.length <= 63),
    'must have no part between dots that is longer than 63',
  )
  .refine(
    (text) => !text.startsWith('PTR:') || isIP(text.slice(4)) !== 0,
    'must be an IP address after PTR:',
  );
const netInterface = z
  .string()
  .regex(/^(?!\.{1,2}$)[^/\s:\0]{1,15}$/, 'is not the name of a network interface');
const kernelParam = z
  .string()
  .regex(
    /^[A-Za-z0-9_*@:-]+([./][A-Za-z0-9_*@:-]+)*$/,
    'is not the name of a kernel parameter, as in net.core.somaxconn',
  );
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

function isUrl(text: string): boolean {
  try {
    const { username, password } = new URL(text);
    decodeURIComponent(username + password);
    return true;
  } catch {
    return false;
  }
}

/** An IPv6 address with a port stands in brackets. */
function isServer(text: string): boolean {
  if (isIP(text) !== 0) return true;
  const match = /^(?:[\w.-]+|\[(.*)\])(?::(\d+))?$/.exec(text);
  if (match === null) return false;
  const [, inBrackets, port = '0'] = match;
  return (inBrackets === undefined || isIP(inBrackets) === 6) && Number(port) <= 65_535;
}

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
      runlevels: texts.exactOptional(),
    },
    anyOf: ['enabled', 'running', 'runlevels'],
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
      'request-body': z.string().exactOptional(),
      username: z.string().exactOptional(),
      password: z.string().exactOptional(),
      'ca-file': pathOrNone.exactOptional(),
      'cert-file': pathOrNone.exactOptional(),
      'key-file': pathOrNone.exactOptional(),
      proxy: z.union([z.literal(''), proxy]).exactOptional(),
      timeout: timeout.exactOptional(),
      'allow-insecure': z.boolean().exactOptional(),
      'no-follow-redirects': z.boolean().exactOptional(),
    },
  },
  file: {
    subject: 'path',
    attributes: {
      path: homePath.exactOptional(),
      exists: truth,
      mode: matching(mode).exactOptional(),
      size: whole.exactOptional(),
      owner: oneText.exactOptional(),
      group: oneText.exactOptional(),
      uid: whole.exactOptional(),
      gid: whole.exactOptional(),
      filetype: matching(fileType).exactOptional(),
      contents: patterns.exactOptional(),
      contains: patterns.exactOptional(),
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
  addr: {
    subject: 'address',
    attributes: {
      address: address.exactOptional(),
      reachable: truth,
      'local-address': ip.exactOptional(),
      timeout: timeout.exactOptional(),
    },
  },
  dns: {
    subject: 'resolve',
    attributes: {
      resolve: lookup.exactOptional(),
      resolvable: truth.exactOptional(),
      resolveable: truth.exactOptional(),
      addrs: texts.exactOptional(),
      server: server.exactOptional(),
      timeout: timeout.exactOptional(),
    },
    renamed: { resolveable: 'resolvable' },
    anyOf: ['resolvable'],
    refuse: (name, { resolve, server }) =>
      server === undefined && /^[A-Z]+:/.test(String(resolve ?? name))
        ? 'needs a `server`: without one, only addresses are looked up, whatever the type of record'
        : undefined,
  },
  interface: {
    subject: 'name',
    attributes: {
      name: netInterface.exactOptional(),
      exists: truth,
      addrs: texts.exactOptional(),
      mtu: whole.exactOptional(),
    },
  },
  'kernel-param': {
    subject: 'name',
    attributes: { name: kernelParam.exactOptional(), value: matcher },
  },
  mount: {
    subject: 'mountpoint',
    attributes: {
      mountpoint: path.exactOptional(),
      exists: truth,
      opts: texts.exactOptional(),
      'vfs-opts': texts.exactOptional(),
      source: oneText.exactOptional(),
      filesystem: oneText.exactOptional(),
      usage: whole.exactOptional(),
      timeout: timeout.exactOptional(),
    },
  },
  matching: {
    subject: 'content',
    attributes: {
      content: anyValue.exactOptional(),
      'as-reader': z.boolean().exactOptional(),
      matches: matcher,
    },
    refuse: (_, { 'as-reader': asReader, matches }) =>
      asReader === true && Array.isArray(matches) && !patterns.safeParse(matches).success
        ? 'has `matches` that are no patterns, which a list is where `as-reader` is true'
        : undefined,
  },
} as const satisfies Record<string, CheckKind>;
