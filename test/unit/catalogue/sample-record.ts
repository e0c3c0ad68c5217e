import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Inventory } from '../../../src/catalogue/inventory.ts';
import type { ImageForm, RecordDraft } from '../../../src/catalogue/record.ts';
import { type Digest, digestOf } from '../../../src/core/digest.ts';

/** A new folder for a catalogue, removed at the end of the test. */
export async function temporaryHome(): Promise<{ readonly path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), 'kiln-catalogue-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

export const NO_INVENTORY: Inventory = { packages: [], services: [], users: [], ports: [] };

/** Of an image that EC2 can hand something to. */
export const WITH_CLOUD_INIT: Inventory = {
  ...NO_INVENTORY,
  packages: [{ name: 'cloud-init', version: '22.4.2-1+deb12u3', arch: 'all' }],
};

/** A draft with one of everything; `changes` replaces what a test is about. */
export function sampleDraft(changes: Partial<RecordDraft> = {}): RecordDraft {
  const health = {
    healthy: true,
    waited: 3200,
    rounds: 4,
    results: [
      { check: 'service nginx', attribute: 'running', outcome: 'passed', expected: 'true', actual: 'true' },
    ],
  } as const;
  const step = {
    step: 'puppet provisioners/puppet/web.pp',
    tool: 'puppet',
    version: '7.23.0',
    ms: 6100,
    resources: [
      { resource: 'Service[nginx]', state: 'changed', file: 'provisioners/puppet/web.pp', line: 3 },
    ],
  } as const;
  return {
    template: 'web',
    bake: '3h2k9x4p-7qf0m2',
    created: '2026-11-22T22:34:05.000Z',
    digest: digestOf('tree'),
    bytes: 812_000_000,
    bakeKey: {
      digest: digestOf('key'),
      parts: {
        base: digestOf('base'),
        template: digestOf('template'),
        bundle: digestOf('bundle'),
        checks: digestOf('checks'),
        machine: 'container',
        tool: 'kiln 0.1.0',
      },
    },
    base: { name: 'debian-12', source: 'debian bookworm', digest: digestOf('base') },
    bundle: { digest: digestOf('bundle'), size: 20_480 },
    tools: { kiln: '0.1.0', docker: '20.10.24', puppet: '7.23.0' },
    converge: [step],
    prove: {
      steps: [{ ...step, resources: [] }],
      allowed: [{ resource: 'Exec[date]', reason: 'it is a clock' }],
    },
    checks: { check: health, verify: [{ form: 'oci', report: health }] },
    inventory: {
      packages: [{ name: 'nginx', version: '1.22.1-9+deb12u3', arch: 'amd64' }],
      services: [{ unit: 'nginx.service', state: 'enabled' }],
      users: [{ name: 'www-data', uid: 33, gid: 33, home: '/var/www', shell: '/usr/sbin/nologin' }],
      ports: [{ protocol: 'tcp', address: '0.0.0.0', port: 80, process: 'nginx' }],
    },
    stages: [
      { stage: 'start', ms: 900 },
      { stage: 'converge', ms: 6100 },
    ],
    manifest: { digest: digestOf('tree'), file: 'images/0123/manifest.ndjson.gz' },
    runtime: {
      init: 'systemd',
      checks: { service: { nginx: { enabled: true, running: true } } },
      probe: {
        'start-period': 0,
        timeout: 60_000,
        interval: 500,
        'success-threshold': 3,
        'stable-for': 3000,
      },
      data: {
        greeting: { type: 'string', required: false, default: 'Hello' },
        workers: { type: 'integer', required: true },
      },
      secrets: { api_token: { required: false } },
      state: ['/var/lib/app'],
    },
    ...changes,
  };
}

/** The forms of a version, as a bake's `prepare` gives them. */
export function sampleForms(template = 'web', digest: Digest = digestOf('image')) {
  return async (version: number): Promise<ImageForm[]> => [
    { kind: 'oci', digest, tag: `kiln/${template}:${version}` },
  ];
}
