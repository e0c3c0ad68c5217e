import { jsonSchema, type SchemaName } from '../../config/json-schema.ts';
import { jsonText } from '../../ui/json-text.ts';
import type { Answer } from '../answer.ts';

/** `bake schema FILE`: the JSON Schema that editors check such a file with. */
export async function schema(file: SchemaName): Promise<Answer> {
  const found = jsonSchema(file);
  return { lines: jsonText(found, 2).split('\n'), json: found };
}
