import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import {
  CreateSubnetCommand,
  CreateVpcCommand,
  DescribeImagesCommand,
  DescribeInstanceAttributeCommand,
  DescribeInstancesCommand,
  DescribeKeyPairsCommand,
  DescribeSnapshotsCommand,
  type EC2Client,
  type Image,
  type Instance,
  paginateDescribeInstances,
  StopInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import type Docker from 'dockerode';
import { baseContext, openBakery } from '../../src/app/bakery.ts';
import { identifyBase } from '../../src/bases/identify-base.ts';
import { newBakeId } from '../../src/core/ids.ts';
import { Scope } from '../../src/core/scope.ts';
import { sideBySide } from '../../src/core/side-by-side.ts';
import { slots } from '../../src/core/slots.ts';
import { madeFile } from '../../src/core/tar/made.ts';
import type { TarInput } from '../../src/core/tar/member.ts';
import { writeTar } from '../../src/core/tar/writer.ts';
import { connectEngine } from '../../src/platforms/docker/engine.ts';
import { EXEC_SYSTEMD, PREPARE_FOR_SYSTEMD, systemdContainer } from '../../src/platforms/docker/systemd.ts';
import { type ForwardedPort, forwardedPort } from './forwarded-port.ts';
import { REPOSITORY } from './machine.ts';
import type { Moto } from './moto.ts';

const LOOK_MS = 150;
/** All machines share this host's processors. */
const START_AT_ONCE = 6;
const FOLLOW_AT_ONCE = 6;
const LABEL = 'kiln.test.instance';
/** Who may become root in an instance of the vendor's AMI, as in Debian's own. */
export const INSTANCE_USER = 'admin';
/** One of those that moto knows by itself; what is in it is ours. */
export const VENDOR = { owner: '137112412989', name: 'al2023-ami-2023.*-kernel-6.12-x86_64' } as const;
/** The file of a base that is it. */
export const VENDOR_BASE = {
  'templates/bases/vendor.yaml': `ami: { owner: "${VENDOR.owner}", name: "${VENDOR.name}" }\n`,
} as const;
const BOOTABLE = ['systemd-sysv', 'dbus', 'ca-certificates', 'iproute2', 'openssh-server', 'sudo'];

/** The cloud's hypervisor, as far as it is played. */
export interface MotoMachines extends AsyncDisposable {
  /** Its range is that of a network of the engine, or of the loopback: this host reaches both. */
  readonly vpc: string;
  /** As CIDR. */
  readonly range: string;
  readonly subnet: string;
  /** The id of `VENDOR`. */
  readonly ami: string;
  /** Instances of this AMI are containers of that image of the engine. */
  play(ami: string, image: string): void;
  /** The container of an instance, also when it is stopped; nothing before it was started. */
  containerOf(instance: string): Docker.Container | undefined;
  /** The engine's image that holds what an AMI does; nothing when no instance of ours was it made of. */
  imageOf(ami: string): string | undefined;
  /** How many containers run. */
  running(): Promise<number>;
  /** From now on instances start and run, but nobody answers in them. */
  muteNewOnes(): void;
  /** From now on instances take no notice of the host key that they are given, as if others answered for them. */
  forgeNewOnes(): void;
}

export interface MachineNetwork {
  /** Of the range that instances have their addresses in, 16 to 24: how many there may be, as none is given twice. */
  readonly prefix?: number;
  /** Instances have addresses of this host's loopback instead, whose port 22 leads to their containers. */
  readonly loopback?: boolean;
}

/**
 * Plays the hypervisor that moto has not got, which is a fake: for each instance that moto says is there, a container
 * with systemd and sshd is started at its private address; it stops and goes as moto says, and moto is told when it
 * powers itself off. What cloud-init does is played by a few lines of shell: host keys and the user's key. An AMI that
 * is made of an instance is a commit of its container.
 *
 * It does not show: a kernel and its boot, disks, volumes and their sizes, encryption, metadata, security groups (all
 * ports are open), public addresses, times of anything, capacity, and what a real cloud-init writes.
 */
export async function motoMachines(
  moto: Moto,
  signal: AbortSignal,
  { prefix = 22, loopback = false }: MachineNetwork = {},
): Promise<MotoMachines> {
  const { docker } = await connectEngine(signal);
  const base = await instanceImage(signal);
  const network = await makeNetwork(docker, prefix);
  const ec2 = moto.aws.ec2;
  const [range, within] = loopback ? ['127.0.0.0/16', '127.0.77.0/24'] : [network.range, network.range];
  const { Vpc } = await ec2.send(new CreateVpcCommand({ CidrBlock: range }));
  const vpc = Vpc?.VpcId ?? '';
  const { Subnet } = await ec2.send(new CreateSubnetCommand({ VpcId: vpc, CidrBlock: within }));
  const ami = await vendorAmi(ec2);
  const images = new Map<string, string>([[ami, base]]);
  const madeImages: string[] = [];
  const containers = new Map<string, Docker.Container>();
  const ports = new Map<string, ForwardedPort>();
  const rsaKey = hostRsaKey();
  const starting = new Map<string, Promise<void>>();
  const turns = slots(START_AT_ONCE);
  const muted = new Set<string>();
  let mute = false;
  let forge = false;
  let failure: unknown;
  let over = false;

  /** A container as an instance: its keys are laid into it as cloud-init would. */
  async function start(instance: Instance): Promise<void> {
    const id = instance.InstanceId ?? '';
    const Image = images.get(instance.ImageId ?? '');
    if (Image === undefined) throw new Error(`no machine can be made of ${instance.ImageId}`);
    const common = systemdContainer(`${await cloudInit(instance)}; ${PREPARE_FOR_SYSTEMD}; ${EXEC_SYSTEMD}`);
    const container = await docker.createContainer({
      ...common,
      Image,
      Hostname: 'instance',
      Labels: { [LABEL]: id },
      HostConfig: {
        ...common.HostConfig,
        // reboot(2) ends the container's own process 1 and nothing else: pid_namespaces(7)
        CapAdd: ['SYS_ADMIN', 'SYS_BOOT'],
        NetworkMode: network.name,
      },
      NetworkingConfig: {
        EndpointsConfig: {
          [network.name]: loopback ? {} : { IPAMConfig: { IPv4Address: instance.PrivateIpAddress } },
        },
      },
    });
    containers.set(id, container);
    await container.putArchive(await collect(writeTar(await keysOf(instance))), { path: '/' });
    await container.start();
    if (!loopback) return;
    const address = async () => {
      const found = await container.inspect().catch(() => undefined);
      return found?.NetworkSettings.Networks[network.name]?.IPAddress ?? '';
    };
    ports.set(id, await forwardedPort(instance.PrivateIpAddress ?? '', 22, address));
  }

  /** The host keys of the user data, and the data itself where cloud-init keeps it. */
  async function keysOf({ InstanceId = '' }: Instance): Promise<TarInput[]> {
    const { UserData } = await ec2.send(
      new DescribeInstanceAttributeCommand({ InstanceId, Attribute: 'userData' }),
    );
    const text = Buffer.from(UserData?.Value ?? '', 'base64').toString();
    const kept = { ...madeFile('var/lib/cloud/instance/user-data.txt', text, 1), mode: 0o600 };
    const keys = cloudConfig(text)?.ssh_keys;
    if (keys === undefined || forge) return [kept];
    const key = 'etc/ssh/ssh_host_ed25519_key';
    return [
      kept,
      { ...madeFile(key, keys.ed25519_private, 1), mode: 0o600 },
      madeFile(`${key}.pub`, `${keys.ed25519_public}\n`, 1),
      { ...madeFile('etc/ssh/ssh_host_rsa_key', rsaKey, 1), mode: 0o600 },
    ];
  }

  async function cloudInit({ KeyName }: Instance): Promise<string> {
    const home = `/home/${INSTANCE_USER}`;
    const user = `id ${INSTANCE_USER} >/dev/null 2>&1 || useradd -m -s /bin/bash ${INSTANCE_USER}`;
    const rule = '/etc/sudoers.d/90-cloud-init-users';
    const sudo = `echo '${INSTANCE_USER} ALL=(ALL) NOPASSWD:ALL' > ${rule}; chmod 440 ${rule}`;
    if (KeyName === undefined) return `${user}; ${sudo}`;
    const { KeyPairs = [] } = await ec2.send(
      new DescribeKeyPairsCommand({ KeyNames: [KeyName], IncludePublicKey: true }),
    );
    const key = KeyPairs[0]?.PublicKey?.trim() ?? '';
    if (!/^[\w+/=.@ -]+$/.test(key)) throw new Error(`no public key: ${key}`);
    return `${user}; ${sudo}; install -d -m 700 -o ${INSTANCE_USER} -g ${INSTANCE_USER} ${home}/.ssh
      echo '${key}' > ${home}/.ssh/authorized_keys; chown ${INSTANCE_USER}: ${home}/.ssh/authorized_keys`;
  }

  async function capture(image: Image): Promise<void> {
    const id = image.ImageId ?? '';
    if (images.has(id)) return;
    const snapshot = image.BlockDeviceMappings?.[0]?.Ebs?.SnapshotId;
    if (snapshot === undefined) return;
    // Whoever made it may be removing it.
    const Filters = [{ Name: 'snapshot-id', Values: [snapshot] }];
    const { Snapshots = [] } = await ec2.send(new DescribeSnapshotsCommand({ Filters }));
    const source = /CreateImage\((i-[0-9a-f]+)\)/.exec(Snapshots[0]?.Description ?? '')?.[1];
    const container = source === undefined ? undefined : containers.get(source);
    if (container === undefined) return;
    const { Id } = (await container.commit({})) as { Id: string };
    images.set(id, Id);
    madeImages.push(Id);
  }

  /** `isUp`: its container ran when this look at all began. */
  async function follow(instance: Instance, isUp: boolean): Promise<void> {
    const { InstanceId: id = '', State } = instance;
    const container = containers.get(id);
    if (starting.has(id)) return;
    if (State?.Name === 'terminated') {
      containers.delete(id);
      await ports.get(id)?.close();
      ports.delete(id);
      await container?.remove({ force: true, v: true });
    } else if (State?.Name === 'stopped') {
      if (isUp) await container?.stop({ t: 5 }).catch(unlessAlready);
    } else if (State?.Name === 'running' || State?.Name === 'pending') {
      if (isUp || muted.has(id)) return;
      if (container !== undefined) await followDown(id, container);
      else if (mute) muted.add(id);
      else starting.set(id, startInTurn(instance));
    }
  }

  /** Others are followed meanwhile: a start takes seconds, and many may wait for theirs. */
  async function startInTurn(instance: Instance): Promise<void> {
    const { InstanceId: id = '' } = instance;
    try {
      await turns(1, signal, () => start(instance));
    } catch (error) {
      // Where it was ended meanwhile, its key may be gone.
      if (!over && (await isRunning(id).catch(() => true))) failure ??= error;
    } finally {
      starting.delete(id);
    }
  }

  async function isRunning(id: string): Promise<boolean> {
    const { Reservations = [] } = await ec2.send(new DescribeInstancesCommand({ InstanceIds: [id] }));
    return Reservations[0]?.Instances?.[0]?.State?.Name === 'running';
  }

  /** It was started by us before: where it has not come up since, it has powered itself off. */
  async function followDown(id: string, container: Docker.Container): Promise<void> {
    if ((await container.inspect()).State.Running) return;
    const Attribute = 'instanceInitiatedShutdownBehavior';
    const { InstanceInitiatedShutdownBehavior: does } = await ec2.send(
      new DescribeInstanceAttributeCommand({ InstanceId: id, Attribute }),
    );
    // moto would stop one that was terminated meanwhile, which brings it back.
    if (!(await isRunning(id))) return;
    const InstanceIds = [id];
    if (does?.Value === 'terminate') await ec2.send(new TerminateInstancesCommand({ InstanceIds }));
    else await ec2.send(new StopInstancesCommand({ InstanceIds }));
  }

  const runningIds = async () => {
    const filters = { label: [LABEL], network: [network.name] };
    return new Set((await docker.listContainers({ filters })).map(({ Id }) => Id));
  };

  const watching = (async () => {
    while (!over) {
      const began = performance.now();
      try {
        const up = await runningIds();
        const instances: Instance[] = [];
        for await (const { Reservations = [] } of paginateDescribeInstances({ client: ec2 }, {}))
          instances.push(...Reservations.flatMap(({ Instances = [] }) => Instances));
        // Later than that: the images of an instance that has ended by then are made before its container goes.
        const { Images = [] } = await ec2.send(new DescribeImagesCommand({ Owners: ['self'] }));
        for (const image of Images) await capture(image);
        await sideBySide(instances, FOLLOW_AT_ONCE, (one) =>
          follow(one, up.has(containers.get(one.InstanceId ?? '')?.id ?? '')),
        );
      } catch (error) {
        // moto is asked to forget all between two looks
        failure ??= over ? undefined : error;
      }
      // moto takes longer the more there is, and is asked by those that are tested as well.
      await delay(Math.max(LOOK_MS, performance.now() - began));
    }
    await Promise.all(starting.values());
  })();

  return {
    vpc,
    range,
    subnet: Subnet?.SubnetId ?? '',
    ami,
    containerOf: (instance) => containers.get(instance),
    play: (id, image) => void images.set(id, image),
    imageOf: (id) => images.get(id),
    running: async () => (await runningIds()).size,
    muteNewOnes: () => {
      mute = true;
    },
    forgeNewOnes: () => {
      forge = true;
    },
    async [Symbol.asyncDispose]() {
      over = true;
      await watching;
      for (const port of ports.values()) await port.close();
      for (const container of containers.values())
        await container.remove({ force: true, v: true }).catch(() => {});
      for (const image of madeImages)
        await docker
          .getImage(image)
          .remove({ force: true })
          .catch(() => {});
      await docker
        .getNetwork(network.name)
        .remove()
        .catch(() => {});
      if (failure !== undefined) throw failure;
    },
  };
}

/** Making one takes a second of the processor; each machine would make its own. */
function hostRsaKey(): string {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 3072 });
  return privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
}

interface CloudConfig {
  readonly ssh_keys?: { readonly ed25519_private: string; readonly ed25519_public: string };
}

/** Ours is JSON, which is YAML; what else it may be is not looked at. */
function cloudConfig(text: string): CloudConfig | undefined {
  if (!text.startsWith('#cloud-config\n{')) return undefined;
  return JSON.parse(text.replace('#cloud-config\n', '')) as CloudConfig;
}

/** The engine's image that stands for the vendor's AMI; made the first time that it is asked for, and kept. */
async function instanceImage(signal: AbortSignal): Promise<string> {
  await using scope = new Scope();
  const bakery = openBakery(signal);
  const silent = { output: () => {}, note: () => {} };
  const context = baseContext({ ...bakery, id: newBakeId(), root: REPOSITORY }, scope, silent, signal);
  const source = { debian: 'bookworm', include: BOOTABLE, boot: [] };
  const options = { bootable: false };
  const { image } = await (
    await identifyBase('test-instance', source, bakery.catalogue, context, options)
  ).prepare();
  if (image === undefined) throw new Error('the base is no image of the engine');
  return image;
}

async function vendorAmi(ec2: EC2Client): Promise<string> {
  const Filters = [{ Name: 'name', Values: [VENDOR.name] }];
  const { Images = [] } = await ec2.send(new DescribeImagesCommand({ Owners: [VENDOR.owner], Filters }));
  const [image] = Images;
  if (image?.ImageId === undefined) throw new Error(`moto has no AMI ${VENDOR.name}`);
  return image.ImageId;
}

/** A network of the engine whose range no other one has. */
async function makeNetwork(
  docker: Docker,
  prefix: number,
): Promise<{ readonly name: string; readonly range: string }> {
  const name = `moto-test-${randomBytes(4).toString('hex')}`;
  for (let attempt = 0; ; attempt += 1) {
    const [second = 0, third = 0] = randomBytes(2);
    const range = `10.${100 + (second % 100)}.${third & (0xff << (24 - prefix))}.0/${prefix}`;
    try {
      await docker.createNetwork({ Name: name, IPAM: { Driver: 'default', Config: [{ Subnet: range }] } });
      return { name, range };
    } catch (error) {
      if (attempt > 10) throw error;
    }
  }
}

async function collect(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const piece of pieces) all.push(piece);
  return Buffer.concat(all);
}

function unlessAlready(error: unknown): void {
  if ((error as { statusCode?: number }).statusCode !== 304) throw error;
}
