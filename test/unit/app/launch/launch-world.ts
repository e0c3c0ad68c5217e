import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { previous, promoted, same } from '../../../../src/app/launch/choices.ts';
import { joinLaunchers } from '../../../../src/app/launch/join-launchers.ts';
import { launchEnvironment } from '../../../../src/app/launch/launch-environment.ts';
import type { LaunchPorts } from '../../../../src/app/launch/launch-ports.ts';
import { mayRunOn } from '../../../../src/app/launch/may-run-on.ts';
import type { EngineImages } from '../../../../src/app/prune/prune-ports.ts';
import { openFileCatalogue } from '../../../../src/catalogue/file-store.ts';
import { openLaunchHistory } from '../../../../src/catalogue/launch-history.ts';
import type { DiskImageForm, RecordDraft } from '../../../../src/catalogue/record.ts';
import type { Runtime } from '../../../../src/catalogue/runtime.ts';
import { digestOf } from '../../../../src/core/digest.ts';
import type { Event } from '../../../../src/core/events.ts';
import { Secret } from '../../../../src/core/secret.ts';
import type { Instance } from '../../../../src/platforms/launcher.ts';
import {
  type FakeLauncher,
  type FakeLauncherOptions,
  fakeLauncher,
  UP,
} from '../../../support/fake-launcher.ts';
import { sampleDraft, WITH_CLOUD_INIT } from '../../catalogue/sample-record.ts';

export const PROBE: Runtime['probe'] = {
  'start-period': 0,
  timeout: 60,
  interval: 1,
  'success-threshold': 1,
  'stable-for': 0,
};

const RUNTIME: Runtime = {
  init: 'systemd',
  checks: UP as Runtime['checks'],
  probe: PROBE,
  data: { greeting: { type: 'string', required: false, default: 'Hello' } },
  secrets: {},
  state: [],
};

interface Asked {
  readonly names?: readonly string[];
  readonly image?: string;
  readonly override?: string;
  readonly action?: 'launch' | 'rollback' | 'replace';
  readonly signal?: AbortSignal;
}

interface Baked {
  readonly forms?: readonly ('oci' | 'disk' | 'ami')[];
  readonly unverified?: true;
  /** What a test is about, instead of what every image has. */
  readonly draft?: Partial<RecordDraft>;
  readonly resumed?: { readonly step: number; readonly bake: string };
  /** The version whose very bytes it is; its own when it is not given. */
  readonly as?: number;
}

/** A workspace, a catalogue with images of web, and launchers without a platform. */
export async function launchWorld(
  files: Readonly<Record<string, string>>,
  options: FakeLauncherOptions = {},
) {
  const folder = await mkdtemp(join(tmpdir(), 'kiln-launch-'));
  const root = join(folder, 'workspace');
  const home = join(folder, 'home');
  const write = async (more: Readonly<Record<string, string>>) => {
    for (const [path, text] of Object.entries(more)) {
      await mkdir(dirname(join(root, path)), { recursive: true });
      await writeFile(join(root, path), text);
    }
  };
  await write({ 'templates/.keep': '', ...files });
  const launcher: FakeLauncher = fakeLauncher({ ...options, beside: () => qemu.instances() });
  const qemu: FakeLauncher = fakeLauncher({
    ...options,
    platform: 'qemu',
    beside: () => launcher.instances(),
  });
  const ec2: FakeLauncher = fakeLauncher({ ...options, platform: 'ec2' });
  const catalogue = openFileCatalogue(home);
  const ids = new Map<string, { id: ReturnType<typeof digestOf>; digest: ReturnType<typeof digestOf> }>();
  const images: EngineImages = {
    async inspect(ref) {
      const known = [...ids].find(([tag, { id }]) => tag === ref || id === ref)?.[1];
      if (known === undefined) return undefined;
      const run = { Labels: { 'kiln.digest': known.digest }, ExposedPorts: { '80/tcp': {} } };
      return {
        id: known.id,
        diffIds: [],
        architecture: 'amd64',
        created: '',
        run,
        volumes: [],
        tags: [...ids].flatMap(([tag, { id }]) => (id === known.id ? [tag] : [])),
        repoDigests: [],
      };
    },
    async tag(id, repository, tag) {
      const known = [...ids.values()].find((one) => one.id === id);
      if (known !== undefined) ids.set(`${repository}:${tag}`, known);
    },
    // An engine's image goes with its last name.
    async untag(name) {
      ids.delete(name);
    },
    async removeNameless() {},
  };
  const history = openLaunchHistory(home);
  const joined = joinLaunchers({
    open: { docker: async () => launcher, qemu: async () => qemu, ec2: async () => ec2 },
    mayRun: (platform, environment, signal) =>
      mayRunOn(platform, environment, { workspace: root, history }, signal),
  });
  const amis = new Map<string, string>();
  const parameters = new Map<string, string>();
  const ports: LaunchPorts = {
    launcher: joined,
    images,
    amis: async (region) => ({
      stateOf: async (id) => amis.get(`${region} ${id}`),
    }),
    parameters: async (region) => ({
      async list(path) {
        const below = `${region} ${path}/`;
        const found = [...parameters].filter(([name]) => name.startsWith(below));
        return new Map(
          found.map(([name, value]) => [
            name.slice(below.length),
            { value: new Secret(value), encrypted: true },
          ]),
        );
      },
    }),
    catalogue,
    history,
    home,
  };
  const events: Event[] = [];
  const said: string[] = [];

  return {
    root,
    home,
    /** Where containers run. */
    launcher,
    /** Where virtual machines run. */
    qemu,
    /** Where instances of EC2 run. */
    ec2,
    /** The states of AMIs, by `REGION ID`. */
    amis,
    /** What is in Parameter Store, by `REGION PATH/NAME`. */
    parameters,
    catalogue,
    ports,
    /** The images that the engine has. */
    images,
    history,
    events,
    said,
    write,
    /** Publishes the next image of a template; its disk is three small files. */
    async bake(
      template = 'web',
      runtime: Partial<Runtime> = {},
      { forms = ['oci'], unverified, resumed, as, draft: changes = {} }: Baked = {},
    ) {
      const version = ((await catalogue.versions(template)).at(-1) ?? 0) + 1;
      const digest = digestOf(`tree of ${template}@${as ?? version}`);
      const id = digestOf(`image of ${template}@${as ?? version}`);
      const draft = sampleDraft({
        template,
        digest,
        created: new Date().toISOString(),
        inventory: WITH_CLOUD_INIT,
        runtime: { ...RUNTIME, ...runtime },
        ...(unverified === undefined ? {} : { unverified }),
        ...(resumed === undefined ? {} : { resumed }),
        ...changes,
      });
      return await catalogue.publish(draft, async () => {
        const tag = `kiln/${template}:${version}`;
        if (forms.includes('oci')) ids.set(tag, { id, digest: draft.digest });
        const disk = await sampleDisk(home, `${template}@${version}`);
        const region = 'eu-central-1';
        const ami = {
          kind: 'ami',
          region,
          id: `ami-${version}`,
          snapshots: [],
          architecture: 'x86_64',
        } as const;
        if (forms.includes('ami')) amis.set(`${region} ${ami.id}`, 'available');
        return forms.map((kind) =>
          kind === 'oci' ? { kind, digest: id, tag } : kind === 'ami' ? ami : disk,
        );
      });
    },
    launch(environment: string, asked: Asked = {}) {
      const { names = [], image, override, action = 'launch', signal = AbortSignal.timeout(9_000) } = asked;
      const overridden = override === undefined ? {} : { override };
      const choose = { launch: promoted, rollback: previous, replace: same }[action];
      return launchEnvironment(
        { workspace: root, environment, names, action, ...overridden },
        choose({ ...overridden, ...(image === undefined ? {} : { image }) }),
        {
          ports,
          reporter: { emit: (event) => void events.push(event), async close() {} },
          say: (message) => void said.push(message),
        },
        signal,
      );
    },
    /** `dev web-1 web@1 serving`, … */
    runs(): string[] {
      return launcher.instances().map(line).sort();
    },
    /** The same of virtual machines. */
    boots(): string[] {
      return qemu.instances().map(line).sort();
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

/** A disk of a few bytes with its kernel and initrd, where and as a record has it. */
export async function sampleDisk(home: string, name: string): Promise<DiskImageForm> {
  const folder = `images/${name}`;
  await mkdir(join(home, folder), { recursive: true });
  const file = async (path: string, text: string) => {
    await writeFile(join(home, path), text);
    return { file: path, digest: digestOf(text) };
  };
  const disk = await file(`${folder}/disk.qcow2`, `the disk of ${name}`);
  const kernel = await file(`${folder}/disk.kernel`, `the kernel of ${name}`);
  const initrd = await file(`${folder}/disk.initrd`, `the initrd of ${name}`);
  const size = `the disk of ${name}`.length;
  return { kind: 'disk', ...disk, size, boot: { kernel, initrd, options: 'root=PARTLABEL=root rw' } };
}

function line({ environment, template, slot, image, running, serving }: Instance): string {
  return `${environment} ${template}-${slot} ${image} ${serving ? 'serving' : running ? 'waiting' : 'ended'}`;
}
