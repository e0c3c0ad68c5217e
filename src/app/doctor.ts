import { Fault } from '../core/fault.ts';
import { kilnHome } from '../core/home.ts';
import { describeEngine } from '../platforms/docker/describe-engine.ts';
import { addressOf, findEngine } from '../platforms/docker/find-engine.ts';
import { examineVirtualMachines } from './examine-virtual-machines.ts';
import { type Finding, type Host, thisHost } from './host.ts';

const NODE_WANTED = [20, 19] as const;
const APT_HELPER = '/usr/lib/apt/apt-helper';
const GIB = 1024 ** 3;
/** A Debian base, its cached tree and one image of it. */
const SPACE_WANTED = 2 * GIB;

/** Looks for everything that bakes need of this host, and for what only some do, and says how to get what is missing. */
export async function doctor(signal: AbortSignal, host: Host = thisHost): Promise<Finding[]> {
  const vms = examineVirtualMachines(host, signal);
  const first = await Promise.all([
    node(host),
    engine(host, signal),
    debianTool(host, signal, 'mmdebstrap', ['mmdebstrap', '--version'], 'mmdebstrap'),
    debianTool(host, signal, 'apt-helper', [APT_HELPER, '--version'], 'apt'),
    diskSpace(host),
  ]);
  return [...first, ...(await vms)];
}

function node({ nodeVersion }: Host): Finding {
  const [major = 0, minor = 0] = nodeVersion.split('.').map(Number);
  const fits = major > NODE_WANTED[0] || (major === NODE_WANTED[0] && minor >= NODE_WANTED[1]);
  const finding = { name: 'node', needed: true, about: nodeVersion, purpose: 'everything' } as const;
  if (fits) return { ...finding, state: 'there' };
  return { ...finding, state: 'unusable', remedy: `install Node.js ${NODE_WANTED.join('.')} or newer` };
}

async function engine({ env }: Host, signal: AbortSignal): Promise<Finding> {
  const finding = {
    name: 'container engine',
    needed: true,
    purpose: 'container machines and images',
  } as const;
  try {
    const found = await findEngine({ env, signal });
    const { version, storageDriver, containerdStore, cgroupVersion } = await describeEngine(found, signal);
    const about = `${version} at ${addressOf(found)} (${found.how}), ${storageDriver}, cgroup v${cgroupVersion}`;
    if (!containerdStore) return { ...finding, state: 'there', about };
    return {
      ...finding,
      state: 'unusable',
      about: `${about}; its image store is containerd's, which is not supported yet`,
      remedy: 'set "features": { "containerd-snapshotter": false } in its daemon.json and restart it',
    };
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof Fault)) {
      const about = `it answers, but not as an engine: ${error instanceof Error ? error.message : error}`;
      return { ...finding, state: 'unusable', about };
    }
    const about = [error.message, ...error.details].join('; ');
    return {
      ...finding,
      state: 'missing',
      about,
      remedy: env['DOCKER_HOST'] ? (error.hint ?? '') : 'make engine',
    };
  }
}

async function debianTool(
  host: Host,
  signal: AbortSignal,
  name: string,
  argv: readonly [string, ...string[]],
  packageName: string,
): Promise<Finding> {
  const finding = { name, needed: true, purpose: 'bases from Debian' } as const;
  const said = await host.output(argv, signal);
  if (said !== undefined) return { ...finding, state: 'there', about: /\d+(\.\d+)+/.exec(said)?.[0] ?? '' };
  return { ...finding, state: 'missing', about: '', remedy: `apt-get install --yes ${packageName}` };
}

async function diskSpace(host: Host): Promise<Finding> {
  const home = kilnHome(host.env);
  const free = await host.freeSpace(home);
  const finding = { name: 'disk space', needed: true, purpose: 'bases, trees and logs' } as const;
  const about = `${(free / GIB).toFixed(1)} GiB free at ${home}`;
  if (free >= SPACE_WANTED) return { ...finding, state: 'there', about };
  const remedy = `free ${SPACE_WANTED / GIB} GiB there, or set KILN_HOME to a folder with more room`;
  return { ...finding, state: 'unusable', about, remedy };
}
