import { execa } from 'execa';
import { canonicalJson, digestOf } from '../core/digest.ts';
import { Fault } from '../core/fault.ts';
import { mirrorSource, mirrorState } from './apt-sources.ts';
import type { BaseOptions, BaseSource, IdentifiedBase } from './base.ts';
import type { BaseContext } from './base-context.ts';
import { bootable } from './bootable.ts';
import { bootstrap } from './bootstrap.ts';
import { hostSources } from './host-sources.ts';
import { preparedTree } from './prepared-tree.ts';

type DebianSource = Extract<BaseSource, { debian: string }>;

/** Part of the digest: raised whenever the same packages would give another tree. */
const RECIPE = 3;

/** A Debian suite, bootstrapped with mmdebstrap; its digest is that of the packages on offer and of what was asked for. */
export async function debianBase(
  name: string,
  base: DebianSource,
  { bootable: isBootable }: BaseOptions,
  context: BaseContext,
): Promise<IdentifiedBase> {
  const { signal, work } = context;
  const [{ stdout: architecture }, version, sources] = await Promise.all([
    hostTool('dpkg', ['--print-architecture'], signal),
    hostTool('dpkg-query', ['--show', 'mmdebstrap'], signal),
    base.mirror === undefined ? hostSources(base.debian) : [mirrorSource(base.mirror, base.debian)],
  ]);
  const state = await mirrorState(sources, architecture, signal, work);
  const packages = isBootable ? [...base.include, ...(base.boot ?? [])] : base.include;
  const include = [...new Set(packages)].sort();
  const digest = digestOf(
    canonicalJson({
      recipe: RECIPE,
      suite: base.debian,
      include,
      architecture,
      packages: state.digest,
      tool: version.stdout,
      bootable: isBootable,
    }),
  );
  return {
    name,
    source: `debian ${base.debian}`,
    digest,
    prepare: () =>
      preparedTree(digest, context, async () => {
        context.log.note(
          `bootstrapping Debian ${base.debian} with ${include.length} ${include.length === 1 ? 'package' : 'packages'} asked for`,
        );
        const bootstrapped = bootstrap({ suite: base.debian, include, sources, epoch: state.epoch }, context);
        return {
          epoch: state.epoch,
          architecture: goArchitecture(architecture),
          source: isBootable ? bootable(bootstrapped, state.epoch) : bootstrapped,
        };
      }),
  };
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
