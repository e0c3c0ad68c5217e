import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { canonicalJson, type Digest, digestOf } from '../core/digest.ts';
import { Fault } from '../core/fault.ts';

/** One repository that a Debian base is bootstrapped from. */
export interface AptSource {
  /** With a trailing slash. */
  readonly uri: string;
  /** `bookworm`, `bookworm-security` */
  readonly release: string;
  readonly components: readonly string[];
}

/** What a mirror offers now. */
export interface MirrorState {
  /** Digest of the package indexes of these sources: the same as long as no package of theirs changes. */
  readonly digest: Digest;
  /** When the newest of their Release files was made, in seconds since 1970. */
  readonly epoch: number;
}

const APT_HELPER = '/usr/lib/apt/apt-helper';
const INDEX_FORMAT = '$(REPO_URI)\t$(RELEASE)\t$(COMPONENT)';
/** apt's own default is 30 s for each try and address. */
const TIMEOUT_SECONDS = 10;

/** `deb URI RELEASE COMPONENT…`, as sources.list(5) has it. */
export function sourceLine({ uri, release, components }: AptSource): string {
  return `deb ${uri} ${release} ${components.join(' ')}`;
}

/** The host's signed apt sources for a suite, its updates and its security fixes. Other repositories are not taken over. */
export async function hostSources(suite: string, signal: AbortSignal): Promise<AptSource[]> {
  const listed = await execa('apt-get', ['indextargets', '--format', INDEX_FORMAT, 'Created-By: Packages'], {
    cancelSignal: signal,
    reject: false,
    env: { LC_ALL: 'C' },
  });
  signal.throwIfAborted();
  if (listed.failed) {
    throw new Fault('HOST_TOOL_MISSING', 'the apt sources of this host cannot be read', {
      details: [listed.shortMessage ?? ''],
      hint: 'Give the base a `mirror:`, or run on Debian.',
    });
  }
  const found = new Map<string, { uri: string; release: string; components: Set<string> }>();
  for (const line of listed.stdout.split('\n')) {
    const [uri, release, component] = line.split('\t');
    if (uri === undefined || release === undefined || component === undefined) continue;
    if (![suite, `${suite}-updates`, `${suite}-security`].includes(release)) continue;
    const source = found.get(`${uri} ${release}`) ?? { uri, release, components: new Set<string>() };
    source.components.add(component);
    found.set(`${uri} ${release}`, source);
  }
  const sources = [...found.values()].map((source) => ({
    ...source,
    components: [...source.components].sort(),
  }));
  if (!sources.some(({ release }) => release === suite)) {
    throw new Fault('BASE_FAILED', `the apt sources of this host do not have the suite ${suite}`, {
      hint: 'Give the base a `mirror:` that has it.',
    });
  }
  return sources.sort((a, b) => (sourceLine(a) < sourceLine(b) ? -1 : 1));
}

/** The one source that a base names by itself. */
export function mirrorSource(mirror: string, suite: string): AptSource {
  return { uri: mirror.endsWith('/') ? mirror : `${mirror}/`, release: suite, components: ['main'] };
}

/** Asks each source for its Release file. Signatures are checked when packages are fetched, by apt. */
export async function mirrorState(
  sources: readonly AptSource[],
  architecture: string,
  signal: AbortSignal,
): Promise<MirrorState> {
  const folder = await mkdtemp(join(tmpdir(), 'kiln-release-'));
  try {
    const releases = await Promise.all(
      sources.map((source, index) => fetchRelease(source, join(folder, String(index)), signal)),
    );
    const indexes = releases.map((release, index) =>
      packageIndexes(release, sources[index] as AptSource, architecture),
    );
    const dates = releases.map((release) => Date.parse(/^Date: (.+)$/m.exec(release)?.[1] ?? '') / 1000);
    const epoch = Math.max(...dates);
    if (!Number.isSafeInteger(epoch))
      throw new Fault('BASE_FAILED', 'a Release file of the mirror has no date');
    return { digest: digestOf(canonicalJson(indexes)), epoch };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** By apt's own downloader, so that proxies and https settings of the host hold. */
async function fetchRelease({ uri, release }: AptSource, file: string, signal: AbortSignal): Promise<string> {
  const url = `${uri}dists/${release}/InRelease`;
  const options = [
    '-o',
    `Acquire::http::Timeout=${TIMEOUT_SECONDS}`,
    '-o',
    `Acquire::https::Timeout=${TIMEOUT_SECONDS}`,
    '-o',
    'Acquire::Retries=1',
  ];
  const fetched = await execa(APT_HELPER, [...options, 'download-file', url, file], {
    cancelSignal: signal,
    reject: false,
    all: true,
    env: { LC_ALL: 'C' },
  });
  signal.throwIfAborted();
  if (fetched.failed) {
    throw new Fault('MIRROR_UNREACHABLE', `the mirror did not give ${url}`, {
      details: fetched.all.split('\n').filter((line) => /^(E|Err):/.test(line)),
      hint: 'See whether this host reaches the mirror; a base can name another one with `mirror:`.',
    });
  }
  return await readFile(file, 'utf8');
}

/** The checksum lines of the package indexes that this base draws from. */
function packageIndexes(release: string, source: AptSource, architecture: string): string[] {
  const wanted = source.components.map((component) => `${component}/binary-${architecture}/Packages`);
  const lines = release.slice(release.indexOf('\nSHA256:')).matchAll(/^ ([0-9a-f]{64}) +\d+ (\S+)$/gm);
  const indexes = [...lines]
    .filter(([, , path]) => wanted.includes(path ?? ''))
    .map(([, sha256, path]) => `${path} ${sha256}`);
  if (indexes.length === 0) {
    throw new Fault('BASE_FAILED', `${source.uri} has no packages of ${source.release} for ${architecture}`);
  }
  return [sourceLine(source), ...indexes.sort()];
}
