import { z } from 'zod';
import { baseSchema } from './base.ts';
import { defaultsSchema } from './defaults.ts';
import { environmentSchema } from './environment.ts';
import { hieraSchema } from './hiera.ts';
import { templateSchema } from './template.ts';
import { workspaceFileSchema } from './workspace-file.ts';

const SCHEMAS = {
  template: templateSchema,
  base: baseSchema,
  defaults: defaultsSchema,
  environment: environmentSchema,
  hiera: hieraSchema,
  workspace: workspaceFileSchema,
};

/** The files that have a schema. */
export type SchemaName = keyof typeof SCHEMAS;

/**
 * The JSON Schema of what a user writes into such a file, for editors.
 *
 * Draft 7, which yaml-language-server knows best. What only a look at the workspace can tell is not in it.
 */
export function jsonSchema(file: SchemaName): Record<string, unknown> {
  return z.toJSONSchema(SCHEMAS[file], { io: 'input', target: 'draft-7' });
}
