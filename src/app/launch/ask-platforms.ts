import { Fault } from '../../core/fault.ts';
import { together } from '../../core/together.ts';
import type { Instance } from '../../platforms/launcher.ts';
import type { PlatformName } from '../../platforms/platform.ts';
import { type JoinedPlatforms, PLATFORMS } from './join-launchers.ts';

/** A platform that could not be asked what it runs. */
export interface SilentPlatform {
  readonly platform: PlatformName;
  readonly fault: Fault;
  /** Nothing says that it runs nothing. */
  readonly mayRun: boolean;
}

/** What runs anywhere, as far as anybody could say. */
export interface AskedPlatforms {
  readonly instances: readonly Instance[];
  readonly silent: readonly SilentPlatform[];
}

/** Asks every platform for all of its instances; one that cannot answer does not keep the others from it. */
export async function askPlatforms(
  { open, mayRun, isUnused }: JoinedPlatforms,
  signal: AbortSignal,
): Promise<AskedPlatforms> {
  async function ask(platform: SilentPlatform['platform'], both: AbortSignal): Promise<AskedPlatforms> {
    if (await isUnused?.(platform, undefined, both)) return { instances: [], silent: [] };
    try {
      return { instances: await (await open[platform]()).list(undefined, both), silent: [] };
    } catch (error) {
      both.throwIfAborted();
      if (!(error instanceof Fault)) throw error;
      const may =
        error.code !== 'ENGINE_UNREACHABLE' || (await mayRun(platform, undefined, both).catch(unlessFault));
      return { instances: [], silent: [{ platform, fault: error, mayRun: may }] };
    }
  }

  const answers = await together(
    signal,
    PLATFORMS.map((platform) => (all: AbortSignal) => ask(platform, all)),
  );
  return {
    instances: answers.flatMap(({ instances }) => instances),
    silent: answers.flatMap(({ silent }) => silent),
  };
}

/** What cannot be found out speaks for it. */
function unlessFault(error: unknown): true {
  if (error instanceof Fault && error.code !== 'INTERRUPTED') return true;
  throw error;
}
