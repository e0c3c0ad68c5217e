import type { LaunchHistory } from '../../catalogue/launch-history.ts';
import {
  hasNoVirtualMachine,
  openDocker,
  openEc2Launcher,
  openQemuLauncher,
} from '../../platforms/registry.ts';
import { accessOf, regionsOf } from './cloud-access.ts';
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
  const ec2 = once(() =>
    openEc2Launcher({
      regions: () => regionsOf(place, signal),
      access: (environment) => accessOf(place, environment, signal),
    }),
  );
  const mayRun: OpenedPlatforms['mayRun'] = (platform, environment, asked) =>
    mayRunOn(platform, environment, { ...place, history }, asked);
  return {
    docker,
    open: { docker: async () => (await docker()).launcher, qemu, ec2 },
    mayRun,
    async isUnused(platform, environment, asked) {
      if (platform === 'qemu') return await hasNoVirtualMachine(home);
      // Who has nothing at AWS needs no credentials.
      return platform === 'ec2' && !(await mayRun('ec2', environment, asked));
    },
  };
}

function once<T>(work: () => Promise<T>): () => Promise<T> {
  let begun: Promise<T> | undefined;
  return () => {
    begun ??= work();
    return begun;
  };
}
