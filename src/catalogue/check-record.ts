import { type ImageRecord, RECORD_KIND } from './record.ts';

/** What a value must look like; a key that ends in `?` may be absent, and `*` is every key. */
type Shape = 'string' | 'number' | 'boolean' | readonly [Shape] | { readonly [key: string]: Shape };

const STEP = {
  step: 'string',
  tool: 'string',
  version: 'string',
  ms: 'number',
  resources: [{ resource: 'string', state: 'string' }],
} as const;

const HEALTH = {
  healthy: 'boolean',
  waited: 'number',
  rounds: 'number',
  results: [
    { check: 'string', attribute: 'string', outcome: 'string', expected: 'string', actual: 'string' },
  ],
} as const;

const RUNTIME = {
  init: 'string',
  'user?': 'string',
  'vm?': { memory: 'number', cpus: 'number' },
  'ports?': ['string'],
  checks: { '*': { '*': {} } },
  probe: {
    'start-period': 'number',
    timeout: 'number',
    interval: 'number',
    'success-threshold': 'number',
    'stable-for': 'number',
  },
  data: { '*': { type: 'string', required: 'boolean' } },
  secrets: { '*': { required: 'boolean' } },
  state: ['string'],
} as const;

const RECORD: Shape = {
  kind: 'string',
  name: 'string',
  template: 'string',
  version: 'number',
  bake: 'string',
  created: 'string',
  digest: 'string',
  bytes: 'number',
  bakeKey: {
    digest: 'string',
    parts: {
      base: 'string',
      template: 'string',
      bundle: 'string',
      checks: 'string',
      machine: 'string',
      tool: 'string',
    },
  },
  base: { name: 'string', source: 'string', digest: 'string' },
  bundle: { digest: 'string', size: 'number' },
  tools: {},
  converge: [STEP],
  prove: { steps: [STEP], allowed: [{ resource: 'string', reason: 'string' }] },
  checks: { 'check?': HEALTH, verify: [{ form: 'string', report: HEALTH }] },
  inventory: {
    packages: [{ name: 'string', version: 'string', arch: 'string' }],
    services: [{ unit: 'string', state: 'string' }],
    users: [{ name: 'string', uid: 'number', gid: 'number', home: 'string', shell: 'string' }],
    ports: [{ protocol: 'string', address: 'string', port: 'number' }],
  },
  stages: [{ stage: 'string', ms: 'number' }],
  forms: [{ kind: 'string' }],
  manifest: { digest: 'string', file: 'string' },
  'unverified?': 'boolean',
  'resumed?': { step: 'number', bake: 'string', 'base?': 'string' },
  'runtime?': RUNTIME,
};

const BOOT_FILE = { file: 'string', digest: 'string' } as const;

/** By kind; one of another kind is a newer kiln's, and none of this one's business. */
const FORMS: ReadonlyMap<string, Shape> = new Map<string, Shape>([
  ['oci', { digest: 'string', tag: 'string' }],
  [
    'disk',
    {
      digest: 'string',
      file: 'string',
      size: 'number',
      boot: { kernel: BOOT_FILE, initrd: BOOT_FILE, options: 'string' },
    },
  ],
]);

/** Reads a record's text; what is wrong with it comes back as one sentence. Fields it does not know are kept. */
export function checkRecord(
  text: string,
  template: string,
  version: number,
): ImageRecord | { readonly wrong: string } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { wrong: text.trim() === '' ? 'the file is empty' : `it is no JSON: ${(error as Error).message}` };
  }
  const kind = (value as { kind?: unknown } | null)?.kind;
  if (typeof kind === 'string' && kind.startsWith('kiln.image/') && kind !== RECORD_KIND) {
    return { wrong: `its format is ${kind}, and this kiln reads ${RECORD_KIND}` };
  }
  const wrong = mismatch(value, RECORD, '') ?? formMismatch(value as ImageRecord);
  if (wrong !== undefined) return { wrong };
  const record = value as ImageRecord;
  if (record.kind !== RECORD_KIND)
    return { wrong: `its kind is ${JSON.stringify(record.kind)}, not ${RECORD_KIND}` };
  if (
    record.template !== template ||
    record.version !== version ||
    record.name !== `${template}@${version}`
  ) {
    return { wrong: `it says that it is ${record.name} (version ${record.version} of ${record.template})` };
  }
  return record;
}

function formMismatch({ forms }: ImageRecord): string | undefined {
  for (const [index, form] of forms.entries()) {
    const wrong = mismatch(form, FORMS.get(form.kind) ?? {}, `forms[${index}]`);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

function mismatch(value: unknown, shape: Shape, path: string): string | undefined {
  if (typeof shape === 'string') {
    // Not a number where one must be: JSON has no NaN, so the type says it all.
    return typeof value === shape ? undefined : `${path} is ${describe(value)}, not a ${shape}`;
  }
  if (isList(shape)) {
    if (!Array.isArray(value)) return `${path} is ${describe(value)}, not a list`;
    for (const [index, item] of value.entries()) {
      const wrong = mismatch(item, shape[0], `${path}[${index}]`);
      if (wrong !== undefined) return wrong;
    }
    return undefined;
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    return `${path === '' ? 'it' : path} is ${describe(value)}, not an object`;
  }
  for (const { key, inner, optional } of fieldsOf(shape, value)) {
    const field = (value as Record<string, unknown>)[key];
    if (field === undefined && optional) continue;
    const wrong = mismatch(field, inner, path === '' ? key : `${path}.${key}`);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

function fieldsOf(shape: { readonly [key: string]: Shape }, value: object) {
  const every = shape['*'];
  if (every !== undefined) return Object.keys(value).map((key) => ({ key, inner: every, optional: false }));
  return Object.entries(shape).map(([name, inner]) => {
    const key = name.replace(/\?$/, '');
    return { key, inner, optional: key !== name };
  });
}

function isList(shape: Exclude<Shape, string>): shape is readonly [Shape] {
  return Array.isArray(shape);
}

function describe(value: unknown): string {
  if (value === undefined) return 'missing';
  if (value === null) return 'null';
  return Array.isArray(value) ? 'a list' : `a${typeof value === 'object' ? 'n object' : ` ${typeof value}`}`;
}
