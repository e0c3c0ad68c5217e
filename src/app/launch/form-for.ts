import type { ImageForm, ImageRecord } from '../../catalogue/record.ts';
import { Fault } from '../../core/fault.ts';
import type { PlatformName } from '../../platforms/platform.ts';

/** What each platform runs, by its name in `--forms`. */
const FORMS = { docker: 'oci', qemu: 'disk', ec2: 'ami' } as const;

type FormOf<P extends PlatformName> = Extract<ImageForm, { kind: (typeof FORMS)[P] }>;

/** The form of an image that a platform runs; `FORM_MISSING` with the command that makes it. */
export function formFor<P extends PlatformName>(record: ImageRecord, platform: P): FormOf<P> {
  const kind = FORMS[platform];
  const form = record.forms.find((one): one is FormOf<P> => one.kind === kind);
  if (form !== undefined) return form;
  throw new Fault('FORM_MISSING', `${record.name} has no form ${kind}, which is what ${platform} runs`, {
    hint: `Bake it with that form: \`bake image ${record.template} --forms ${kind}\`.`,
  });
}
