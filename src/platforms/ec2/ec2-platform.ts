import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '../../core/fault.ts';
import type { Scope } from '../../core/scope.ts';
import { readTar } from '../../core/tar/reader.ts';
import { together } from '../../core/together.ts';
import type { Machine, MachineSpec, Platform } from '../platform.ts';
import { privateFolder, removePrivateFolder } from '../private-folder.ts';
import type { SshConnection } from '../ssh/connection.ts';
import { newKeyText } from '../ssh/key-pair.ts';
import type { Aws } from './aws.ts';
import { callerRange } from './caller-address.ts';
import { createImage, type InstanceImage, type InstanceImageSpec } from './create-image.ts';
import { ec2Machine } from './ec2-machine.ts';
import { enterInstance, waitUntilUp } from './enter-instance.ts';
import { findNetwork, type Network } from './find-network.ts';
import { hostKeyData } from './host-key-data.ts';
import type { InstanceBase } from './instance-base.ts';
import { type RunningInstance, runInstance } from './run-instance.ts';
import { sourceRange } from './source-address.ts';
import { BAKE_TAG, type Tags } from './tags.ts';
import { temporaryGroup } from './temporary-group.ts';
import { temporaryKey } from './temporary-key.ts';

export interface Ec2PlatformOptions {
  /** A folder of this process's own, below `$KILN_HOME`. */
  readonly work: string;
  /** Finds out the range that this host connects from; asked of AWS when not given. */
  readonly callerRange?: (signal: AbortSignal) => Promise<string>;
}

/** Instances as machines of bakes, and the image that one of them becomes. */
export interface Ec2Platform extends Platform<InstanceBase> {
  /**
   * Makes an AMI of a machine that has powered itself off, or of one of spare capacity, which cannot, as it is. The
   * ledger has its id before anything is waited for; the scope removes it, with its snapshots, until it is kept.
   */
  image(machine: Machine, spec: InstanceImageSpec, scope: Scope, signal: AbortSignal): Promise<InstanceImage>;
  /** Whether the machine would be gone if it powered itself off. */
  isSpot(machine: Machine): boolean;
}

interface Known {
  readonly instance: RunningInstance;
  readonly ssh: SshConnection;
}

/** Machines that are instances of EC2 in one region. */
export function ec2Platform(aws: Aws, options: Ec2PlatformOptions): Ec2Platform {
  const running = new WeakMap<Machine, Known>();

  return {
    name: 'ec2',
    start,

    /** What the services write while it is read is in it; `image` is what ends it. */
    async snapshot(machine) {
      const { ssh } = known(machine);
      return { read: (signal) => readTar(ssh.readRoot(signal)) };
    },

    async checkpoint() {
      throw new Fault('USAGE', 'an instance keeps no checkpoints', {
        hint: 'Bake it without --checkpoints, or try the steps out in a container or a virtual machine.',
      });
    },

    isSpot: (machine) => known(machine).instance.spot,

    async image(machine, spec, scope, signal) {
      const { instance, ssh } = known(machine);
      // Of what stops or is stopped nothing more is heard.
      await ssh.close();
      return await createImage(aws, { ...spec, instance }, scope, signal);
    },
  };

  function known(machine: Machine): Known {
    const found = running.get(machine);
    if (found === undefined) throw new Error(`${machine.id} is no machine of this platform`);
    return found;
  }

  /** Removed are the instance, then what only it used, the newest first; so does the scope when it fails half-way. */
  async function start(spec: MachineSpec<InstanceBase>, scope: Scope, signal: AbortSignal): Promise<Machine> {
    const { base, bake, purpose, note = () => {} } = spec;
    const name = `kiln-${bake}-${purpose}`;
    const tags: Tags = {
      [BAKE_TAG]: bake,
      'kiln.template': spec.template,
      'kiln.purpose': purpose,
      Name: `kiln ${spec.template} ${purpose}`,
    };
    const [network, folder] = await together(signal, [
      (both) => findNetwork(aws, base.subnet, both),
      async () => await ownFolder(join(options.work, `ec2-${purpose}-${bake}`), scope),
    ]);
    const [from, hostKey] = await together(signal, [
      (both) => allowedRange(base, network, both),
      (both) => newKeyText(folder.private, both),
    ]);
    const key = await temporaryKey(aws, { name, folder: folder.private, tags }, scope, signal);
    const group = await temporaryGroup(aws, { name, vpc: network.vpc, from, tags }, scope, signal);
    const order = { token: `${bake}-${purpose}`, base, network, keyName: name, group: group.id, tags };
    const userData = hostKeyData(hostKey);
    const instance = await runInstance(aws, { ...order, userData }, note, scope, signal);
    note(`${instance.id} is a ${base.type} in ${aws.region}${instance.spot ? ', of spare capacity' : ''}`);
    const ssh = await enterInstance(
      aws,
      {
        ...{ id: instance.id, user: base.user, address: base.address, proxyCommand: base.proxyCommand },
        ...{ identity: key.file, hostKey: hostKey.publicKey, folder: folder.private },
        ...{ within: base.startTimeout, unanswered: whyUnanswered(from) },
      },
      signal,
    );
    const forget = scope.defer(`connection to ${instance.id}`, () => ssh.close());
    await waitUntilUp(ssh, base.startTimeout, signal);
    const machine = ec2Machine(aws, { id: instance.id, init: spec.init, ssh }, async () => {
      await ssh.close();
      forget();
      await instance.remove();
      await group.remove();
      await key.remove();
      await folder.remove();
    });
    running.set(machine, { instance, ssh });
    return machine;
  }

  async function allowedRange(base: InstanceBase, network: Network, signal: AbortSignal): Promise<string> {
    if (base.from !== undefined) return base.from;
    // Where a proxy connects from is not known here.
    if (base.proxyCommand !== undefined) return network.range;
    if (base.address === 'private') return await sourceRange(network.instances, signal);
    return await (options.callerRange ?? callerRange)(signal);
  }
}

function whyUnanswered(from: string): string {
  return `Only ${from} may connect: say \`instance: { from: … }\` where it sees this host by another address (NAT on the way). Else see the console for how far it came.`;
}

/** Where an instance's private key lies, in memory, and the folder that remembers it. */
async function ownFolder(path: string, scope: Scope) {
  const remove = async () => {
    await removePrivateFolder(path);
    await rm(path, { recursive: true, force: true });
  };
  const forget = scope.defer(`keys in ${path}`, remove);
  await mkdir(path, { recursive: true, mode: 0o700 });
  const inMemory = await privateFolder(path);
  return {
    private: inMemory,
    async remove() {
      await remove();
      forget();
    },
  };
}
