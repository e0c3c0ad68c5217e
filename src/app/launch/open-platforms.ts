import type { LaunchHistory } from '../../catalogue/launch-history.ts';
import { hasNoVirtualMachine, openDocker, openQemuLauncher } from '../../platforms/registry.ts';
import type { JoinedPlatforms } from './join-launchers.ts';
import { type LaunchPlace, mayRunOn } from './may-run-on.ts';

/** All platforms that run instances, and the engine, which keeps images too. */
export interface OpenedPlatforms extends JoinedPlatforms {
  readonly docker: () => ReturnType<typeof openDocker>;
}

/** Each platform is opened when it is first asked: `ENGINE_UNREACHABLE` then, when there is no engine. */
export function openPlatforms(
  place: LaunchPlace,
  { home, history }: { readonly home: string; readonly history: LaunchHistory },
  signal: AbortSignal,
): OpenedPlatforms {
  const docker = once(() => openDocker(signal));
  const qemu = once(openQemuLauncher);
  return {
    docker,
    open: { docker: async () => (await docker()).launcher, qemu },
    mayRun: (platform, environment, asked) => mayRunOn(platform, environment, { ...place, history }, asked),
    isUnused: async (platform) => platform === 'qemu' && (await hasNoVirtualMachine(home)),
  };
}

function once<T>(work: () => Promise<T>): () => Promise<T> {
  let begun: Promise<T> | undefined;
  return () => {
    begun ??= work();
    return begun;
  };
}
