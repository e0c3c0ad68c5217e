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
  base: { name: 'string', source: 'string', digest: 'string', 'epoch?': 'string' },
  bundle: { digest: 'string', size: 'number', 'files?': { '*': 'string' } },
  tools: {},
  converge: [STEP],
  prove: { steps: [STEP], allowed: [{ resource: 'string', reason: 'string' }] },
  checks: { 'check?': HEALTH, verify: [{ form: 'string', 'report?': HEALTH, 'startedAs?': 'string' }] },
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
  [
    'ami',
    {
      region: 'string',
      'account?': 'string',
      id: 'string',
      snapshots: ['string'],
      architecture: 'string',
      'digest?': 'string',
    },
  ],
]);

/**
 * Reads a record's text; what is wrong with it comes back as one sentence, and `foreign` says that it is a record of
 * another format than this kiln's. Fields it does not know are kept.
 */
export function checkRecord(
  text: string,
  template: string,
  version: number,
): ImageRecord | { readonly wrong: string; readonly foreign?: true } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { wrong: text.trim() === '' ? 'the file is empty' : `it is no JSON: ${(error as Error).message}` };
  }
  const kind = (value as { kind?: unknown } | null)?.kind;
  if (typeof kind === 'string' && kind.startsWith('kiln.image/') && kind !== RECORD_KIND) {
    return { wrong: `its format is ${kind}, and this kiln reads ${RECORD_KIND}`, foreign: true };
  }
  const wrong = sentence(mismatch(value, RECORD)) ?? checkForms((value as ImageRecord).forms);
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

/** What is wrong with an image's forms, one sentence; nothing when they are whole. */
export function checkForms(forms: ImageRecord['forms']): string | undefined {
  for (const [index, form] of forms.entries()) {
    const wrong = mismatch(form, FORMS.get(form.kind) ?? {});
    if (wrong !== undefined) return sentence(within(`forms[${index}]`, wrong));
  }
  return undefined;
}

/** Where a value is not what it must be, and what it is; the path is put together only then. */
interface Mismatch {
  readonly path: string;
  readonly is: string;
}

function sentence(wrong: Mismatch | undefined): string | undefined {
  return wrong === undefined ? undefined : `${wrong.path || 'it'} is ${wrong.is}`;
}

function mismatch(value: unknown, shape: Shape): Mismatch | undefined {
  if (typeof shape === 'string') {
    // Not a number where one must be: JSON has no NaN, so the type says it all.
    return typeof value === shape ? undefined : { path: '', is: `${describe(value)}, not a ${shape}` };
  }
  if (isList(shape)) {
    if (!Array.isArray(value)) return { path: '', is: `${describe(value)}, not a list` };
    for (let index = 0; index < value.length; index++) {
      const wrong = mismatch(value[index], shape[0]);
      if (wrong !== undefined) return within(`[${index}]`, wrong);
    }
    return undefined;
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    return { path: '', is: `${describe(value)}, not an object` };
  }
  for (const { key, inner, optional } of fieldsOf(shape, value)) {
    const field = (value as Record<string, unknown>)[key];
    if (field === undefined && optional) continue;
    const wrong = mismatch(field, inner);
    if (wrong !== undefined) return within(key, wrong);
  }
  return undefined;
}

function within(outer: string, { path, is }: Mismatch): Mismatch {
  return { path: `${outer}${path === '' || path.startsWith('[') ? '' : '.'}${path}`, is };
}

interface Field {
  readonly key: string;
  readonly inner: Shape;
  readonly optional: boolean;
}

/** A record has hundreds of packages of one shape. */
const known = new WeakMap<object, readonly Field[]>();

function fieldsOf(shape: { readonly [key: string]: Shape }, value: object): readonly Field[] {
  const every = shape['*'];
  if (every !== undefined) return Object.keys(value).map((key) => ({ key, inner: every, optional: false }));
  const found = known.get(shape) ?? Object.entries(shape).map(fieldOf);
  known.set(shape, found);
  return found;
}

function fieldOf([name, inner]: [string, Shape]): Field {
  const key = name.replace(/\?$/, '');
  return { key, inner, optional: key !== name };
}

function isList(shape: Exclude<Shape, string>): shape is readonly [Shape] {
  return Array.isArray(shape);
}

function describe(value: unknown): string {
  if (value === undefined) return 'missing';
  if (value === null) return 'null';
  return Array.isArray(value) ? 'a list' : `a${typeof value === 'object' ? 'n object' : ` ${typeof value}`}`;
}
