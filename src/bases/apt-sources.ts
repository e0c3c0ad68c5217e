import { rmSync } from 'node:fs';
import { mkdir, mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { canonicalJson, type Digest, digestOf } from '../core/digest.ts';
import { Fault } from '../core/fault.ts';
import { together } from '../core/together.ts';

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
/** apt's own default is 30 s for each try and address. */
const TIMEOUT_SECONDS = 10;

/** `deb URI RELEASE COMPONENT…`, as sources.list(5) has it. */
export function sourceLine({ uri, release, components }: AptSource): string {
  return `deb ${uri} ${release} ${components.join(' ')}`;
}

/** The one source that a base names by itself. */
export function mirrorSource(mirror: string, suite: string): AptSource {
  return { uri: mirror.endsWith('/') ? mirror : `${mirror}/`, release: suite, components: ['main'] };
}

/**
 * Asks each source for its Release file. Signatures are checked when packages are fetched, by apt.
 *
 * @param work a folder for temporary files
 */
export async function mirrorState(
  sources: readonly AptSource[],
  architecture: string,
  signal: AbortSignal,
  work: string = tmpdir(),
): Promise<MirrorState> {
  await mkdir(work, { recursive: true });
  const folder = await mkdtemp(join(work, 'kiln-release-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  // Also when the process leaves at once, without the finally; before the folder around it goes when it is empty.
  process.prependOnceListener('exit', remove);
  try {
    const releases = await together(
      signal,
      sources.map(
        (source, index) => (both: AbortSignal) => fetchRelease(source, join(folder, String(index)), both),
      ),
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
    process.off('exit', remove);
    remove();
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
