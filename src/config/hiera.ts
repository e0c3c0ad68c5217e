import { posix } from 'node:path';
import { z } from 'zod';
import { always, exactlyOneOf } from './exactly-one.ts';
import { notYet } from './not-yet.ts';
import { text } from './text.ts';

/** What `hiera.yaml` says. */
export interface HieraConfig {
  /** From the highest level to the lowest. */
  readonly hierarchy: readonly HieraLevel[];
}

/** One level: its files as they are written, and the folder that they are in, relative to that of hiera.yaml. */
export interface HieraLevel {
  readonly name: string;
  readonly path?: string;
  readonly paths?: readonly string[];
  readonly datadir: string;
}

/** Files of an environments folder that are no data, whatever the hierarchy says. */
export const NO_DATA: readonly string[] = ['environment.yaml', 'secrets.yaml', 'hiera.yaml'];

/** What an environments folder without hiera.yaml has. */
export const DEFAULT_HIERARCHY: HieraConfig = {
  hierarchy: [
    { name: 'node', path: '%{env}/nodes/%{node}.yaml', datadir: '.' },
    { name: 'role', path: '%{env}/%{role}.yaml', datadir: '.' },
    { name: 'environment', path: '%{env}/data.yaml', datadir: '.' },
    { name: 'common', path: 'common.yaml', datadir: '.' },
  ],
};

const NOT_OF_HIERA = 'is not supported: of Hiera there are `path`, `paths` and `datadir`';

const folder = text.superRefine(staysInside).transform((path) => posix.normalize(path));

const path = text.superRefine(staysInside).superRefine((written, context) => {
  if (NO_DATA.includes(posix.basename(written)))
    context.addIssue({
      code: 'custom',
      message: `is no data: \`${posix.basename(written)}\` is never looked into`,
    });
});

const dataHash = z.literal('yaml_data').exactOptional().describe('How files are read: always as YAML.');
const laterKeys = [
  'glob',
  'globs',
  'uri',
  'uris',
  'mapped_paths',
  'lookup_key',
  'data_dig',
  'hiera3_backend',
  'options',
];

const level = z
  .strictObject({
    name: text.describe('What `launch explain` calls it.'),
    path: path.exactOptional().describe('Its file, relative to datadir.'),
    paths: z
      .array(path)
      .min(1, 'must name at least one file')
      .exactOptional()
      .describe('Its files, the first one first.'),
    datadir: folder.exactOptional().describe('The folder of its files, relative to that of hiera.yaml.'),
    data_hash: dataHash,
  })
  .superRefine(exactlyOneOf(['path', 'paths'], 'it says which files the level has'), always)
  .meta({ oneOf: [{ required: ['path'] }, { required: ['paths'] }] })
  .register(notYet, { keys: laterKeys, says: NOT_OF_HIERA });

const defaults = z
  .strictObject({
    datadir: folder
      .exactOptional()
      .describe('The folder of all files, relative to that of hiera.yaml: `.` unless said.'),
    data_hash: dataHash,
  })
  .register(notYet, { keys: laterKeys, says: NOT_OF_HIERA });

/** `environments/hiera.yaml`: of Hiera 5, levels of YAML files. */
export const hieraSchema: z.ZodType<HieraConfig> = z
  .strictObject({
    version: z.literal(5).describe("The version of Hiera's configuration."),
    defaults: defaults.prefault({}),
    hierarchy: z
      .array(level)
      .min(1, 'must have at least one level')
      .superRefine(namedOnce, always)
      .describe('The levels, the highest first.'),
  })
  .meta({
    title: 'Kiln hiera',
    description: "Where an environment's data comes from, in the words of Hiera 5.",
  })
  .register(notYet, { keys: ['default_hierarchy', 'plan_hierarchy'], says: NOT_OF_HIERA })
  .transform(({ defaults, hierarchy }) => ({
    hierarchy: hierarchy.map(({ data_hash: _, ...level }) => ({
      datadir: defaults.datadir ?? '.',
      ...level,
    })),
  }));

function staysInside(path: string, context: z.core.$RefinementCtx<string>): void {
  const leadsOut = path.startsWith('/') || path.split('/').includes('..');
  if (leadsOut)
    context.addIssue({
      code: 'custom',
      message: 'leads out of the folder of hiera.yaml',
      params: { problem: 'path-outside' },
    });
}

function namedOnce(levels: readonly { name?: unknown }[], context: z.core.$RefinementCtx): void {
  const names = levels.map((level) => level?.name);
  for (const [index, name] of names.entries()) {
    if (name === undefined || names.indexOf(name) === index) continue;
    context.addIssue({ code: 'custom', path: [index, 'name'], message: 'is the name of another level too' });
  }
}
