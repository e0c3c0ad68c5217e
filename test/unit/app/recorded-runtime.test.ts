import { isDeepStrictEqual } from 'node:util';
import * as assert from 'uvu/assert';
import { planBake } from '../../../src/app/plan-bake.ts';
import { recordedRuntime } from '../../../src/app/recorded-runtime.ts';
import type { BaseContext } from '../../../src/bases/base-context.ts';
import { openFileCatalogue } from '../../../src/catalogue/file-store.ts';
import type { Template } from '../../../src/config/template.ts';
import { Scope } from '../../../src/core/scope.ts';
import { planChecks } from '../../../src/health/plan-checks.ts';
import { suite } from '../../support/suite.ts';
import { sampleDraft, sampleForms, temporaryHome } from '../catalogue/sample-record.ts';
import { GOOD, LEAST, sampleWorkspace } from '../config/sample-workspace.ts';

const test = suite('what a record keeps of a template');

/** One of every kind of check, of every matcher, and of everything that a template says about running it. */
const EVERYTHING = `
checks:
  service: { nginx: { enabled: true, running: { not: false }, title: the server, meta: { team: [a], n: 1.5, none: null } } }
  port: { "tcp:80": { listening: true, ip: [0.0.0.0, { have-prefix: "10." }] } }
  http: { "http://127.0.0.1/?": { status: { and: [{ ge: 200 }, { lt: 300 }] }, body: [golden, "!error", /go+d/i], timeout: 2s,
    request-headers: ["Accept: text/html"] } }
  file: { /etc/x: { exists: true, mode: "0644", size: { le: 10 }, contents: { have-patterns: [/^a\\sb$/] }, owner: { equal: root } } }
  command: { version: { exec: "nginx -v 2>&1", exit-status: { or: [0, 1] }, stdout: { match-regexp: 'nginx/1\\.\\d+ "é"' }, timeout: 10s } }
  package: { nginx: { installed: true, versions: { contain-element: { semver-constraint: ">1.2.0 <2.0.0" } } } }
  process: { nginx: { running: true } }
  user: { www-data: { exists: true, uid: { gt: 3 }, groups: { consist-of: [www-data] }, home: { have-suffix: www }, shell: { contain-substring: login } } }
  group: { www-data: { exists: true, gid: 33 } }
probe: { start-period: 2s, timeout: 1m }
container: { init: none, command: [sleep, inf], user: www-data }
data:
  greeting: { type: string, default: "Hello, \\u2028 you", description: what it says }
  workers: { type: integer }
  limits: { type: map, default: { a: [1, 2.5, null], b: { c: true } } }
  hosts: { type: list, required: false }
secrets:
  api_token:
  tls.key: { required: false, description: for the front }
state: [/var/lib/app]
`;

async function templateOf(lines: string): Promise<Template> {
  await using workspace = await sampleWorkspace({ ...GOOD, 'templates/web.yaml': `${LEAST}${lines}` });
  const { problems, templates } = await workspace.load();
  assert.equal(problems, []);
  const template = templates.get('web')?.value;
  if (template === undefined) throw new Error('there is no template');
  return template;
}

test('everything that says how an image runs is the same after it was written and read', async () => {
  const template = await templateOf(EVERYTHING);
  const runtime = recordedRuntime(template, {});
  const read = JSON.parse(JSON.stringify(runtime));
  assert.ok(isDeepStrictEqual(read, runtime), 'strictly the same, prototypes and absent fields too');
  assert.ok(isDeepStrictEqual(read.checks, template.checks));
  assert.equal(planChecks(read.checks).fragments, planChecks(template.checks).fragments);
  assert.equal(planChecks(read.checks).judge(new Map()), planChecks(template.checks).judge(new Map()));
  assert.equal(read.data.workers, { type: 'integer', required: true });
  assert.equal(read.secrets, {
    api_token: { required: true },
    'tls.key': { required: false, description: 'for the front' },
  });
  assert.equal(read.state, ['/var/lib/app']);
  assert.is(read.probe['start-period'], 2000);
});

test('such a record is a good one', async () => {
  await using home = await temporaryHome();
  const catalogue = openFileCatalogue(home.path);
  const runtime = recordedRuntime(await templateOf(EVERYTHING), {});
  await catalogue.publish(sampleDraft({ runtime }), sampleForms());
  assert.equal((await catalogue.get('web@1')).runtime, runtime);
});

const USERS: readonly [string, string, string | undefined, string | undefined][] = [
  ['systemd runs as root, whatever the base says', '{ init: systemd }', 'nobody', undefined],
  ["a command runs as the base's user", '{ init: none, command: [x] }', 'nobody', 'nobody'],
  ['or as the one that the template names', '{ init: none, command: [x], user: app }', 'nobody', 'app'],
  ['or as root when nobody is named', '{ init: none, command: [x] }', undefined, undefined],
];

for (const [name, container, User, user] of USERS) {
  test(name, async () => {
    const template = await templateOf(`container: ${container}\n`);
    assert.is(recordedRuntime(template, User === undefined ? {} : { User }).user, user);
  });
}

const PORTS: readonly [string, string, readonly string[], readonly string[] | undefined][] = [
  [
    'the ports are those of the template',
    'container: { ports: ["80", "53/udp"] }',
    ['9/tcp'],
    ['80/tcp', '53/udp'],
  ],
  ['or those of its base', '', ['9/tcp'], ['9/tcp']],
  ['or not known', '', [], undefined],
];

for (const [name, lines, base, ports] of PORTS) {
  test(name, async () => {
    const ExposedPorts = Object.fromEntries(base.map((port) => [port, {}]));
    assert.equal(recordedRuntime(await templateOf(`${lines}\n`), { ExposedPorts }).ports, ports);
  });
}

test('an image that is shipped as a disk says what machine it needs', async () => {
  const vm = 'vm: { memory: 512, cpus: 1 }';
  assert.is(recordedRuntime(await templateOf(`forms: [oci]\n${vm}\n`), {}).vm, undefined);
  assert.equal(recordedRuntime(await templateOf(`forms: [oci, disk]\n${vm}\n`), {}).vm, {
    memory: 512,
    cpus: 1,
  });
});

const CHANGES: readonly [string, string, string][] = [
  ['data', 'template', 'data: { workers: { type: integer } }'],
  ['a default of data', 'template', 'data: { workers: { type: integer, default: 2 } }'],
  ['secrets', 'template', 'secrets: { token: }'],
  ['state', 'template', 'state: [/var/lib/app]'],
  ['the container', 'template', 'container: { user: app }'],
  ['checks', 'checks', 'checks: { process: { nginx: { running: true } } }'],
  ['the probe', 'checks', 'probe: { timeout: 90s }'],
];

test('each of them has a part in the bake key', async ({ signal }) => {
  const before = await keyOf('', signal);
  const keys = new Set([before.digest]);
  for (const [what, part, lines] of CHANGES) {
    const { digest, parts } = await keyOf(`${lines}\n`, signal);
    keys.add(digest);
    const changed = Object.keys(parts).filter(
      (name) => Reflect.get(parts, name) !== Reflect.get(before.parts, name),
    );
    assert.equal(changed, [part], what);
  }
  assert.is(keys.size, CHANGES.length + 1);
});

async function keyOf(lines: string, signal: AbortSignal) {
  await using home = await temporaryHome();
  const catalogue = openFileCatalogue(home.path);
  await catalogue.publish(sampleDraft({ template: 'hardened' }), sampleForms('hardened'));
  const files = { ...GOOD, 'templates/hardened.yaml': 'name: hardened\nbase: debian-12\n' };
  const web = `name: web\nbase: mine\n${lines}`;
  await using workspace = await sampleWorkspace({
    ...files,
    'templates/web.yaml': web,
    'templates/bases/mine.yaml': 'bake: hardened\n',
  });
  const loaded = await workspace.load();
  assert.equal(loaded.problems, []);
  const template = loaded.templates.get('web')?.value;
  if (template === undefined) throw new Error('there is no template');
  // A base that is an image of the catalogue asks nobody else.
  const context = { signal, scope: new Scope() } as unknown as BaseContext;
  const { key, base } = await planBake(loaded, template, catalogue, context);
  assert.is(base.image, 'hardened@1');
  return key;
}

test.run();
