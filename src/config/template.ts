import { z } from 'zod';
import { checksLongEnough, longEnough } from './check-probes.ts';
import { type Checks, checksSchema } from './checks.ts';
import { dataSchema, secretsSchema } from './data-declaration.ts';
import { always } from './exactly-one.ts';
import { keepSchema } from './keep.ts';
import {
  amiSchema,
  containerShape,
  diskSchema,
  formsSchema,
  instanceSchema,
  machineSchema,
  probeShape,
  vmSchema,
} from './settings.ts';
import { statePath } from './state-path.ts';
import { stepSchema } from './steps.ts';
import { imageName, text } from './text.ts';

const probe = z.strictObject(probeShape).superRefine(longEnough);

const container = z.strictObject(containerShape).superRefine((value, context) => {
  if (value.init !== 'none' || value.command !== undefined) return;
  context.addIssue({
    code: 'custom',
    path: ['command'],
    message: 'is missing: `init: none` needs a command to run',
  });
}, always);

const allowedChange = z.strictObject({
  resource: text.describe('The resource as its tool names it, as in Exec[refresh].'),
  reason: text.describe('Why it may change in every run; the record shows it.'),
});

/** `templates/NAME.yaml`, with the workspace's defaults applied before. */
export const templateSchema = z
  .strictObject({
    name: imageName.describe("The image's name, which is also the file's."),
    base: imageName.describe('What a clean machine starts from: templates/bases/NAME.yaml.'),
    machine: machineSchema.prefault('container'),
    forms: formsSchema.prefault(['oci']),
    converge: z.array(stepSchema).prefault([]).describe('The steps in their order, all run twice.'),
    'allow-changes': z.array(allowedChange).prefault([]).describe('What may change again in the second run.'),
    checks: checksSchema.prefault({}),
    probe: probe.prefault({}).describe('When the machine counts as up.'),
    container: container.prefault({}).describe('What the image is as a container.'),
    data: dataSchema.prefault({}),
    secrets: secretsSchema.prefault({}),
    state: z
      .array(statePath)
      .prefault([])
      .describe('Paths that a running instance may change, with all below them; the rest is drift.'),
    disk: diskSchema.prefault({}).describe('What the image is as a disk.'),
    vm: vmSchema
      .prefault({})
      .describe('The virtual machine that it is baked in, checked in and launched as.'),
    ami: amiSchema.prefault({}).describe('What the image is as an AMI.'),
    instance: instanceSchema
      .prefault({})
      .describe('The instance that it is baked in, with `machine: instance`.'),
    keep: keepSchema.exactOptional(),
  })
  .superRefine(checksLongEnough)
  .meta({ title: 'Kiln template', description: 'What an image is made of, and what must hold in it.' });

/** A template as it is written; its checks may be in other files. */
export type WrittenTemplate = z.output<typeof templateSchema>;

/** A template with all its checks. */
export type Template = Omit<WrittenTemplate, 'checks'> & { readonly checks: Checks };
