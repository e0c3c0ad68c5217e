import type { Digest } from '../core/digest.ts';
import type { FormId } from '../core/form-id.ts';
import type { Scope } from '../core/scope.ts';
import type { TreeSource } from '../tree/source.ts';
import type { ClosedMachine, Init, Machine, PlatformName, Vm } from './platform.ts';

/** Where an instance's port is reached from outside. */
export interface PublishedPort {
  /** The address of the host it is bound to; all of them when it is left out. */
  readonly host?: string;
  readonly hostPort: number;
  readonly port: number;
  readonly protocol: 'tcp' | 'udp';
}

/** What an instance is known by, as labels or tags on the platform: nothing else says what runs. */
export interface InstanceIdentity {
  readonly environment: string;
  readonly template: string;
  /** `web@7` */
  readonly image: string;
  /** The content digest: the image's identity. */
  readonly digest: Digest;
  /** What the platform runs: of a container, the image id; of a virtual machine, the digest of its disk's file; of an instance of EC2, the AMI. */
  readonly form: FormId;
  /** Which of the environment's instances of the template it is, from 1. */
  readonly slot: number;
  /** The launch that made it. */
  readonly launch: string;
  /** The digest of all that it was given from outside: data, ports, the encrypted secrets. Another one means another instance. */
  readonly inputs: Digest;
}

/** Where at AWS an instance runs, and as what. */
export interface CloudPlace {
  readonly region: string;
  /** By the place's slot, and the next where one has no capacity. */
  readonly subnets: readonly string[];
  readonly securityGroups: readonly string[];
  /** `t3.small` */
  readonly instanceType: string;
  /** The instance profile's name. */
  readonly profile?: string;
  /** A key pair of EC2. */
  readonly keyName?: string;
  /** The allocation of the Elastic IP that whoever serves in this place has. */
  readonly elasticIp?: string;
  /** The path in Parameter Store where its environment's secrets are, if they are there. */
  readonly parameters: string;
  /** The names of those that the image fetches there by itself; none of them is delivered. */
  readonly fetches?: readonly string[];
}

/** What an instance is started from. */
export interface InstanceSpec extends InstanceIdentity {
  readonly init: Init;
  /** Where the platform runs virtual machines: what this one is made of. */
  readonly vm?: Vm;
  /** Where the platform is EC2, whose image `form` is. */
  readonly ec2?: CloudPlace;
  readonly publish: readonly PublishedPort[];
  /**
   * Files below `/run` as a tar stream: `kiln/environment.json`, `kiln/…`, `credentials/@system/…`. It reaches the
   * instance before its init starts, whole or the instance does not start, and lies nowhere but in its memory. The
   * platform makes the folders; without an init, the image's own user owns the files.
   */
  readonly delivery: () => AsyncIterable<Uint8Array>;
  /** Told what a person should know of how it is started. */
  readonly note?: (message: string) => void;
}

/** A launched image, as the platform knows it. */
export interface Instance extends InstanceIdentity {
  readonly id: string;
  readonly platform: PlatformName;
  /** How a person calls it: `kiln-prod-web-1`. */
  readonly name: string;
  readonly running: boolean;
  /** It is reached under its ports and its environment's name for it. */
  readonly serving: boolean;
  readonly publish: readonly PublishedPort[];
  /** ISO time of its start. */
  readonly startedAt: string;
  /** Where it is at a cloud: by the cloud's own id, `i-0123…`, the account, and its public address, else the private one. */
  readonly cloud?: { readonly id: string; readonly account?: string; readonly address?: string };
  /** What the platform says that it runs; another than `form` was not launched by us. */
  readonly runs: FormId;
}

/** Where instances run. `launch` may throw `FORM_MISSING`, `TOOL_MISSING`, `MACHINE_NOT_READY`; every call `ENGINE_UNREACHABLE` or `ENGINE_FAILED`. */
export interface Launcher {
  readonly platform: PlatformName;
  /**
   * Starts an instance that nobody reaches yet, with all of its delivery, and waits until it takes commands. It is
   * registered with the scope, which removes it unless it is kept.
   */
  launch(spec: InstanceSpec, scope: Scope, signal: AbortSignal): Promise<Launched>;
  /** All of one environment, or of all of them, by environment, template, slot and start. */
  list(environment: string | undefined, signal: AbortSignal): Promise<Instance[]>;
  /**
   * Lets it be reached: its ports are bound, or `PORT_TAKEN`; `MACHINE_LOST` when it does not run any more. Doing it
   * again does nothing. Once begun it comes to its end, or to a deadline, before an abort is heard: so does `withdraw`,
   * and a caller can undo the one by the other.
   */
  publish(instance: Instance, signal: AbortSignal): Promise<void>;
  /** Takes it out of reach, or out of what a failed `publish` has left; it goes on running. */
  withdraw(instance: Instance, signal: AbortSignal): Promise<void>;
  /** Shuts it down in order and removes it, and with an environment's last one what was made for them all. */
  remove(instance: Instance, signal: AbortSignal): Promise<void>;
  /** A running instance as a machine that checks can ask; `MACHINE_LOST` when it does not run. */
  enter(instance: Instance, init: Init, signal: AbortSignal): Promise<Machine>;
  /** A running instance as it is seen from outside, where nothing says how it is entered; nothing where that is said. */
  fromOutside?(instance: Instance, signal: AbortSignal): Promise<ClosedMachine | undefined>;
  /** Its file tree as it is now, while it runs. */
  readTree(instance: Instance): TreeSource;
  /** All places of its image were found healthy: whatever starts more of it by itself takes the same from now on. */
  adopt?(instance: Instance, signal: AbortSignal): Promise<void>;
}

/** Which platform an instance is started on. */
export function platformFor({ vm, ec2 }: Pick<InstanceSpec, 'vm' | 'ec2'>): PlatformName {
  if (ec2 !== undefined) return 'ec2';
  return vm === undefined ? 'docker' : 'qemu';
}

export interface Launched {
  readonly instance: Instance;
  /** The scope no longer removes it. */
  keep(): void;
}
