import { z } from 'zod';
import { keepShape } from './keep.ts';
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

/** `templates/defaults.yaml`: what every template has unless it says otherwise, key by key inside the maps. */
export const defaultsSchema = z
  .strictObject({
    machine: machineSchema.exactOptional(),
    forms: formsSchema.exactOptional(),
    probe: z.strictObject(probeShape).exactOptional(),
    container: z.strictObject(containerShape).exactOptional(),
    disk: diskSchema.exactOptional(),
    vm: vmSchema.exactOptional(),
    ami: amiSchema.exactOptional(),
    instance: instanceSchema.exactOptional(),
    keep: z.strictObject(keepShape).exactOptional().describe('Which images `bake prune` keeps.'),
  })
  .meta({
    title: 'Kiln defaults',
    description: 'What every template of the workspace has unless it says otherwise.',
  });

/** A template's own text over the defaults', both as they are written and before any schema fills them in. */
export function withDefaults(template: unknown, defaults: unknown): unknown {
  if (!isMap(template) || !isMap(defaults)) return template;
  const merged: Record<string, unknown> = { ...template };
  for (const [key, value] of Object.entries(defaults)) {
    const own = template[key];
    if (!Object.hasOwn(template, key)) merged[key] = value;
    else if (isMap(own) && isMap(value)) merged[key] = { ...value, ...own };
  }
  return merged;
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
