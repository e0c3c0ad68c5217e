import type { Base } from './base.ts';
import { architectureOf, BAKED_ON } from './instance-type.ts';
import type { Loaded } from './load-file.ts';
import type { Problem } from './problem.ts';
import type { Template } from './template.ts';

/** Why a template cannot be baked in its machine, or shipped in one of its forms, from its base. */
export interface MachineProblem {
  /** The key of the template that asks for it. */
  readonly key: 'forms' | 'machine' | 'base' | 'ami' | 'instance';
  readonly message: string;
  readonly hint: string;
}

/** What does not fit between a template's machine, its forms and its base. */
export function machineProblems(template: Template, base: Base): MachineProblem[] {
  const { machine, forms, container, ami, disk } = template;
  const booting = forms.find((form) => form !== 'oci');
  const key = booting === undefined ? 'machine' : 'forms';
  const what = booting === undefined ? 'a virtual machine' : booting === 'disk' ? 'a disk' : 'an AMI';
  const found: MachineProblem[] = [];
  if (needsKernel(template) && 'debian' in base && base.boot.length === 0) {
    const message = `${what} needs a kernel, and the base \`${base.name}\` names no packages for it`;
    const hint =
      'give the base `boot: [linux-image-cloud-amd64, systemd-boot-efi, openssh-server, systemd-resolved]`';
    found.push({ key, message, hint });
  }
  if (needsKernel(template) && container.init === 'none') {
    const message = `${what} boots systemd, but the template says \`init: none\``;
    found.push({ key, message, hint: 'leave `init: systemd`, or ship it as `oci` alone from a container' });
  }
  if (forms.includes('ami') && ami.volume !== undefined && ami.volume < disk.size) {
    const message = `the volume of its AMI is smaller than its disk`;
    found.push({ key: 'ami', message, hint: 'leave out `ami.volume`, or make `disk.size` smaller' });
  }
  // StartSnapshot takes no alias: `KmsKeyArn` of the reference of EBS direct.
  if (forms.includes('ami') && machine !== 'instance' && ami['kms-key']?.includes(':alias/')) {
    const message = 'a disk that is written without an instance cannot be encrypted by the alias of a key';
    const hint = 'name the key itself, `arn:aws:kms:…:key/…`: `aws kms describe-key --key-id ALIAS` says it';
    found.push({ key: 'ami', message, hint });
  }
  if (forms.includes('ami')) found.push(...encryptionProblems(template));
  if ('disk' in base && machine !== 'vm') {
    const message = `the base \`${base.name}\` is a disk, which a ${machine} cannot start from`;
    found.push({ key: 'base', message, hint: 'write `machine: vm`' });
  }
  if ('ami' in base && machine !== 'instance') {
    const message = `the base \`${base.name}\` is an AMI, which a ${machine} cannot start from`;
    found.push({ key: 'base', message, hint: 'write `machine: instance`' });
  }
  if (machine === 'instance') found.push(...instanceProblems(template, base));
  return found;
}

function encryptionProblems({ machine, ami }: Template): MachineProblem[] {
  const found: MachineProblem[] = [];
  if (machine === 'instance' && ami.encrypted === false) {
    const message = 'the disks of an instance that is baked in are always encrypted, and so is its AMI';
    found.push({ key: 'ami', message, hint: 'leave out `ami.encrypted`' });
  } else if (ami.encrypted === false && ami['kms-key'] !== undefined) {
    const message = 'its AMI is not to be encrypted, and has a key that it is encrypted with';
    found.push({ key: 'ami', message, hint: 'leave out `ami.kms-key`, or `ami.encrypted`' });
  }
  const isShared = Object.values(ami.share ?? {}).some((who) => who.length > 0);
  const byOwnKey = (machine === 'instance' || ami.encrypted === true) && ami['kms-key'] === undefined;
  if (isShared && byOwnKey) {
    const message = "an encrypted AMI is shared by a key of yours, and not by AWS's own for the account";
    const hint =
      'name a KMS key that those may use whom it is shared with, also where it is your default: `ami: { kms-key: arn:aws:kms:… }`';
    found.push({ key: 'ami', message, hint });
  }
  return found;
}

function instanceProblems({ forms, instance }: Template, base: Base): MachineProblem[] {
  const found: MachineProblem[] = [];
  const type = instance.type ?? BAKED_ON;
  if ('ami' in base && architectureOf(type) !== base.ami.architecture) {
    const { architecture } = base.ami;
    const message = `the base \`${base.name}\` is an AMI for ${architecture}, which a ${type} cannot start from`;
    const other = architecture === 'arm64' ? 't4g.small' : BAKED_ON;
    const hint = `write \`instance: { type: ${other} }\`, or another \`architecture\` in the base`;
    found.push({ key: instance.type === undefined ? 'machine' : 'instance', message, hint });
  }
  if (!('ami' in base)) {
    const message = `the base \`${base.name}\` is no AMI, which an instance starts from`;
    const hint = 'name a base with `ami:`, or bake it in a container: its form `ami` needs no instance';
    found.push({ key: 'machine', message, hint });
  }
  if (forms.some((form) => form !== 'ami')) {
    const message = 'an instance becomes an AMI and nothing else';
    found.push({ key: 'forms', message, hint: 'write `forms: [ami]`' });
  }
  return found;
}

/** Whether a kernel has to be in the tree. */
export function needsKernel({ machine, forms }: Pick<Template, 'machine' | 'forms'>): boolean {
  return machine === 'vm' || forms.some((form) => form !== 'oci');
}

/** The problems of all templates whose base is valid too, where they are written. */
export function checkMachines(
  templates: ReadonlyMap<string, Loaded<Template>>,
  bases: ReadonlyMap<string, Loaded<Base>>,
): Problem[] {
  return [...templates.values()].flatMap(({ value, problemAt }) => {
    const base = bases.get(value.base)?.value;
    if (base === undefined) return [];
    return machineProblems(value, base).map(({ key, message, hint }) =>
      problemAt([key], { code: 'wrong-value', message, hint }),
    );
  });
}
