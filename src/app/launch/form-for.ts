import type { ImageForm, ImageRecord } from '../../catalogue/record.ts';
import { Fault } from '../../core/fault.ts';
import type { PlatformName } from '../../platforms/platform.ts';

/** What each platform runs, by its name in `--forms`. */
const FORMS = { docker: 'oci', qemu: 'disk', ec2: 'ami' } as const;

type FormOf<P extends PlatformName> = Extract<ImageForm, { kind: (typeof FORMS)[P] }>;

/**
 * The form of an image that a platform runs; `FORM_MISSING` with the command that makes it, `CONFIG_INVALID` where none
 * could be made.
 */
export function formFor<P extends PlatformName>(record: ImageRecord, platform: P): FormOf<P> {
  const kind = FORMS[platform];
  if (platform !== 'docker' && record.runtime?.init === 'none') throw withoutInit(record, platform);
  const form = record.forms.find((one): one is FormOf<P> => one.kind === kind);
  if (form !== undefined) return form;
  const all = [...record.forms.map((one) => one.kind), kind].join(',');
  throw new Fault('FORM_MISSING', `${record.name} has no form ${kind}, which is what ${platform} runs`, {
    hint: `Bake one that has it: \`bake image ${record.template} --forms ${all}\`.`,
  });
}

function withoutInit({ name, template }: ImageRecord, platform: PlatformName): Fault {
  return new Fault('CONFIG_INVALID', `${name} has no init, and ${platform} runs machines that boot`, {
    hint: `Say \`platform: docker\` for ${template} in the environment’s \`images:\`, or \`container: { init: systemd }\` in its template, and bake again.`,
  });
}
