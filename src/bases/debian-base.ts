import { execa } from 'execa';
import { canonicalJson, digestOf } from '../core/digest.ts';
import { Fault } from '../core/fault.ts';
import type { TarMember } from '../core/tar/member.ts';
import { readTar } from '../core/tar/reader.ts';
import type { TreeSource } from '../tree/source.ts';
import { type AptSource, mirrorSource, mirrorState, sourceLine } from './apt-sources.ts';
import type { BaseSource, IdentifiedBase } from './base.ts';
import type { BaseContext } from './base-context.ts';
import { hostSources } from './host-sources.ts';
import { preparedTree } from './prepared-tree.ts';

type DebianSource = Extract<BaseSource, { debian: string }>;

/** Part of the digest: raised whenever the same packages would give another tree. */
const RECIPE = 1;

/** A Debian suite, bootstrapped with mmdebstrap; its digest is that of the packages on offer and of what was asked for. */
export async function debianBase(
  name: string,
  base: DebianSource,
  context: BaseContext,
): Promise<IdentifiedBase> {
  const { signal } = context;
  const [{ stdout: architecture }, version, sources] = await Promise.all([
    hostTool('dpkg', ['--print-architecture'], signal),
    hostTool('dpkg-query', ['--show', 'mmdebstrap'], signal),
    base.mirror === undefined ? hostSources(base.debian) : [mirrorSource(base.mirror, base.debian)],
  ]);
  const state = await mirrorState(sources, architecture, signal);
  const include = [...new Set(base.include)].sort();
  const digest = digestOf(
    canonicalJson({
      recipe: RECIPE,
      suite: base.debian,
      include,
      architecture,
      packages: state.digest,
      tool: version.stdout,
    }),
  );
  return {
    name,
    source: `debian ${base.debian}`,
    digest,
    prepare: () =>
      preparedTree(digest, context, async () => {
        context.log.note(`bootstrapping Debian ${base.debian} with ${include.length} packages asked for`);
        return {
          epoch: state.epoch,
          architecture: goArchitecture(architecture),
          source: bootstrap(base.debian, include, sources, state.epoch, context),
        };
      }),
  };
}

/** The tree that mmdebstrap writes, as a stream; it runs anew for each reading. */
function bootstrap(
  suite: string,
  include: readonly string[],
  sources: readonly AptSource[],
  epoch: number,
  { log, signal }: BaseContext,
): TreeSource {
  return {
    async *read(): AsyncGenerator<TarMember> {
      const said: string[] = [];
      const argv = [
        '--variant=minbase',
        '--format=tar',
        '--skip=output/dev',
        `--include=${include.join(',')}`,
        suite,
        '-',
      ];
      const running = execa('mmdebstrap', [...argv, ...sources.map(sourceLine)], {
        cancelSignal: signal,
        forceKillAfterDelay: 10_000,
        reject: false,
        buffer: false,
        encoding: 'buffer',
        env: {
          SOURCE_DATE_EPOCH: String(epoch),
          LC_ALL: 'C.UTF-8',
          TMPDIR: process.env['TMPDIR'] ?? '/var/tmp',
        },
      });
      const listened = (async () => {
        for await (const line of running.iterable({ from: 'stderr', binary: false })) {
          said.push(String(line));
          if (said.length > 200) said.shift();
          log.output(String(line));
        }
      })();
      let broken: unknown;
      try {
        yield* readTar(running.iterable({ binary: true, preserveNewlines: true }));
      } catch (error) {
        broken = error;
      }
      await listened;
      const { failed, exitCode, shortMessage } = await running;
      signal.throwIfAborted();
      if (failed || broken !== undefined) {
        throw bootstrapFault(
          suite,
          said,
          exitCode === undefined ? shortMessage : `mmdebstrap ended with ${exitCode}`,
          broken,
        );
      }
    },
  };
}

function bootstrapFault(
  suite: string,
  said: readonly string[],
  why: string | undefined,
  cause: unknown,
): Fault {
  const errors = said.filter((line) =>
    /^(E|W):|[Uu]nable to locate|has no installation candidate/.test(line),
  );
  const full = said.some((line) => /No space left on device/.test(line));
  return new Fault(
    full ? 'DISK_FULL' : 'BASE_FAILED',
    `Debian ${suite} could not be bootstrapped: ${why ?? 'its archive is broken'}`,
    {
      details: (errors.length > 0 ? errors : said).slice(-15),
      hint: full
        ? 'Free some space in $TMPDIR (/var/tmp).'
        : 'Look at the names under `include:` in the base, and at the mirror.',
      cause,
    },
  );
}

async function hostTool(
  program: string,
  argv: readonly string[],
  signal: AbortSignal,
): Promise<{ stdout: string }> {
  const result = await execa(program, argv, { cancelSignal: signal, reject: false });
  signal.throwIfAborted();
  if (result.failed) {
    throw new Fault(
      'HOST_TOOL_MISSING',
      `${program} is not on this host, and Debian bases are made with it`,
      {
        hint: `Run \`make setup\`, or \`apt-get install ${program}\`.`,
      },
    );
  }
  return { stdout: result.stdout.trim() };
}

/** Debian's names of architectures in the words of the OCI image spec, which are Go's. */
function goArchitecture(debian: string): string {
  return { i386: '386', armhf: 'arm', ppc64el: 'ppc64le' }[debian] ?? debian;
}
