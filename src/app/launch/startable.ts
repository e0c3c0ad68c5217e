import { copyIn } from '../../catalogue/ami-copies.ts';
import type { AmiImageForm } from '../../catalogue/record.ts';
import { Fault } from '../../core/fault.ts';
import { type AmiId, type FormId, formIdOf } from '../../core/form-id.ts';
import type { Vm } from '../../platforms/platform.ts';
import { assertUnaltered } from './assert-unaltered.ts';
import { assertUnalteredDisk } from './assert-unaltered-disk.ts';
import type { ChosenImage } from './choose-image.ts';
import { runtimeOf } from './image-runtime.ts';
import type { LaunchPorts } from './launch-ports.ts';
import type { OpenedEnvironment } from './open-environment.ts';

/** The very bytes of an image, found where its platform takes them from. */
export interface Startable {
  /** What the platform runs there: of EC2, the AMI of the environment's region. */
  readonly form: FormId;
  /** What a platform of virtual machines is given. */
  readonly vm?: Vm;
  /** `80/tcp`; empty when the image does not say what it listens on. */
  readonly listens: readonly string[];
}

/** Of an image whose record does not say: what a template gets that does not say either. */
const DEFAULT_VM = { memory: 1024, cpus: 2 };

/** Finds what instances of a chosen image are started from; `IMAGE_ALTERED`, `FORM_MISSING`. */
export async function startable(
  { record, form }: Pick<ChosenImage, 'record' | 'form'>,
  environment: Pick<OpenedEnvironment, 'name' | 'config'>,
  ports: Pick<LaunchPorts, 'images' | 'amis' | 'catalogue' | 'home'>,
  signal: AbortSignal,
): Promise<Startable> {
  const { vm = DEFAULT_VM, ports: recorded } = runtimeOf(record);
  if (form.kind === 'disk') {
    const disk = await assertUnalteredDisk(record, ports.home, signal);
    return { form: form.digest, vm: { disk, memory: vm.memory, cpus: vm.cpus }, listens: recorded ?? [] };
  }
  if (form.kind === 'ami') {
    const id = await amiIn(record, form, environment, ports, signal);
    return { form: id, listens: recorded ?? [] };
  }
  const { run } = await assertUnaltered(record, ports.images, signal);
  return { form: formIdOf(form), listens: Object.keys(run.ExposedPorts ?? {}) };
}

/** The AMI of an image in an environment's region, its own or a copy, which must be there; `FORM_MISSING`. */
async function amiIn(
  record: ChosenImage['record'],
  form: AmiImageForm,
  { name, config }: Pick<OpenedEnvironment, 'name' | 'config'>,
  { amis, catalogue }: Pick<LaunchPorts, 'amis' | 'catalogue'>,
  signal: AbortSignal,
): Promise<AmiId> {
  const region = config.ec2?.region ?? '';
  const id = form.region === region ? form.id : copyIn(await catalogue.copies(record), region)?.id;
  const remedy = {
    hint: `Copy it there: add ${region} to \`ami.copy\` of its template, then \`bake distribute ${record.name}\`.`,
  };
  if (id === undefined) {
    throw new Fault('FORM_MISSING', `${record.name} has no AMI in ${region}, where ${name} runs`, {
      details: [`${form.id} is in ${form.region}`],
      ...remedy,
    });
  }
  // One that is deprecated can be launched all the same.
  const state = await (await amis(region)).stateOf(id, signal);
  if (state === 'available') return id;
  const how = state === undefined ? 'is not there, or not for this account' : `is ${state}`;
  throw new Fault('FORM_MISSING', `${record.name} has an AMI in ${region}, but ${id} ${how}`, remedy);
}
