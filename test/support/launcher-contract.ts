import * as assert from 'uvu/assert';
import { Fault, type FaultCode } from '../../src/core/fault.ts';
import type { FormId } from '../../src/core/form-id.ts';
import { type CleanupOutcome, Scope } from '../../src/core/scope.ts';
import type { Instance, InstanceSpec, Launcher, PublishedPort } from '../../src/platforms/launcher.ts';
import { delivery, freePort, instanceSpec, ownEnvironment, published } from './instance-spec.ts';
import { rejects } from './rejects.ts';
import type { Suite } from './suite.ts';

type HowRun = Pick<InstanceSpec, 'init' | 'vm' | 'ec2'>;

/** A platform that the contract is tried on. */
export interface LauncherUnderTest {
  readonly launcher: Launcher;
  /** Of an image that answers a GET on its port 8080 with its `/run/kiln/environment.json`. */
  readonly form: FormId;
  /** How that image is run; without an init on docker alone. */
  readonly how?: HowRun;
  /** What a GET on a port of the host gives; nothing when none listens there. */
  readonly page: (port: number) => Promise<string | undefined>;
}

export interface LauncherContract {
  /** An instance takes a boot: what is tried with many of them is left to cheaper tests of the platform. */
  readonly boots?: boolean;
  /** False where an instance has an address of its own and no port of this host: nothing is asked for a page. */
  readonly ports?: boolean;
}

const CONTAINED: HowRun = { init: 'none' };
const ENTERED = { timeout: 30_000 };

/** What every launcher does. `open` registers what it makes with the scope. */
export function launcherContract(
  test: Suite,
  open: (scope: Scope, signal: AbortSignal) => Promise<LauncherUnderTest>,
  { boots = false, ports = true }: LauncherContract = {},
): void {
  const where = (...publish: PublishedPort[]) => (ports ? publish : []);
  const assertPage = async (is: Promise<string | undefined>, expected: string | undefined) => {
    const page = await is;
    if (!ports) return;
    if (expected === undefined) assert.is(page, undefined);
    else assert.match(page ?? '', expected);
  };

  test('an instance runs with its delivery, is listed as what it is, and is reached only while it is published', async ({
    signal,
  }) => {
    await using scope = new Scope();
    const { launcher, form, how = CONTAINED, page } = await open(scope, signal);
    const port = await freePort();
    const environment = ownEnvironment();
    const spec = instanceSpec(
      { environment, form, slot: 3, publish: where(published(port)), ...how },
      { 'credentials/@system/api_token': 'the token', 'kiln/environment': 'KILN_NODE=web-3\n' },
    );
    const before = Date.now();
    const { instance } = await launcher.launch(spec, scope, signal);
    const { delivery: _delivery, init, vm: _vm, ec2: _ec2, ...identity } = spec;
    const { id, name, startedAt, cloud, ...rest } = instance;
    const { platform } = launcher;
    assert.is(cloud !== undefined, platform === 'ec2');
    assert.equal(rest, { ...identity, platform, running: true, serving: false, runs: form });
    assert.is(name, `kiln-${environment}-web-3-${spec.launch}`);
    assert.ok(id.length > 0 && Date.parse(startedAt) >= before - 2000, startedAt);
    assert.equal(await launcher.list(environment, signal), [instance]);
    await assertPage(page(port), undefined);

    const machine = await launcher.enter(instance, init, signal);
    const read = async (path: string) => (await machine.exec(['cat', path], { ...ENTERED, signal })).stdout;
    assert.match(await read('/run/kiln/environment.json'), `"node":"web-3"`);
    assert.is(await read('/run/kiln/environment'), 'KILN_NODE=web-3\n');
    assert.is(await read('/run/credentials/@system/api_token'), 'the token');

    // Both may be said twice.
    const now = () => only(launcher, environment, signal);
    for (const _round of [1, 2]) {
      for (const _again of [1, 2]) await launcher.publish(instance, signal);
      assert.equal(await now(), { ...instance, serving: true });
      await assertPage(page(port), instance.launch);
      for (const _again of [1, 2]) await launcher.withdraw(instance, signal);
      assert.equal(await now(), instance);
      await assertPage(page(port), undefined);
    }

    // An abort while it is published is heard, and what came of it can be undone.
    const controller = new AbortController();
    const publishing = launcher.publish(instance, controller.signal);
    controller.abort(new Fault('INTERRUPTED', 'enough'));
    await rejects(publishing, { code: 'INTERRUPTED' });
    assert.is((await now()).serving, true, 'what had begun came to its end');
    await launcher.withdraw(instance, signal);
    assert.equal(await now(), instance);
    await assertPage(page(port), undefined);
    await launcher.publish(instance, signal);
    await assertPage(page(port), instance.launch);

    // Its tree holds nothing that was delivered.
    const paths: string[] = [];
    for await (const { path } of launcher.readTree(instance).read(signal)) paths.push(path);
    assert.ok(paths.includes('etc/passwd'), `${paths.length} paths`);
    assert.equal(
      paths.filter((path) => /api_token|environment\.json/.test(path)),
      [],
    );
  });

  test('one takes the place of another under the same port, which it is told has an owner, and gives it back; what is not kept goes with its scope', async ({
    signal,
  }) => {
    await using scope = new Scope();
    const { launcher, form, how = CONTAINED, page } = await open(scope, signal);
    const { init } = how;
    const [port, free] = [await freePort(), await freePort()];
    const environment = ownEnvironment();
    const spec = (...publish: PublishedPort[]) =>
      instanceSpec({ environment, form, publish: where(...publish), ...how });
    const outcomes: CleanupOutcome[] = [];
    await using inner = new Scope((outcome) => outcomes.push(outcome));
    const launchedOld = await launcher.launch(spec(published(free, 8081), published(port)), inner, signal);
    const old = launchedOld.instance;
    scope.defer('kept', (cleanup) => launcher.remove(old, cleanup));
    launchedOld.keep();
    await launcher.publish(old, signal);
    const next = (await launcher.launch(spec(published(port)), inner, signal)).instance;

    const swap = async (from: Instance, to: Instance) => {
      await launcher.withdraw(from, signal);
      await launcher.publish(to, signal);
      await assertPage(page(port), to.launch);
      const listed = await launcher.list(environment, signal);
      assert.equal(
        listed.map(({ id }) => id),
        [old.id, next.id],
      );
      assert.equal(
        listed.map(({ serving }) => serving),
        [old, next].map(({ id }) => id === to.id),
      );
    };
    await swap(old, next);
    await swap(next, old);
    await swap(old, next);

    const fault = await rejects(launcher.publish(old, signal), { code: 'PORT_TAKEN' });
    const said = ports ? `port ${port} .*${old.name}.*${next.name}` : `${old.name} .*${next.name}`;
    assert.match(fault.message, new RegExp(said));
    const stateOfOld = async () => {
      const listed = await launcher.list(environment, signal);
      const { running, serving } = listed.find(({ id }) => id === old.id) ?? {};
      return { running, serving };
    };
    assert.is((await stateOfOld()).serving, false);
    await launcher.withdraw(old, signal);
    assert.equal(await stateOfOld(), { serving: false, running: true });
    await assertPage(page(free), undefined);
    await assertPage(page(port), next.launch);

    for (const _again of [1, 2]) await launcher.remove(old, signal);
    await assertPage(page(port), next.launch);
    assert.is((await only(launcher, environment, signal)).id, next.id);
    await launcher.withdraw(old, signal);
    await rejects(launcher.publish(old, signal), { code: 'MACHINE_LOST' });
    await rejects(launcher.enter(old, init, signal), { code: 'MACHINE_LOST' });

    await inner.close();
    assert.equal(await launcher.list(environment, signal), []);
    await assertPage(page(port), undefined);
    const states = outcomes.filter(({ label }) => label.includes(next.name)).map(({ state }) => state);
    assert.equal(states, ['removed'], JSON.stringify(outcomes));
    assert.equal(
      outcomes.filter(({ label }) => label.includes(old.name)),
      [],
    );
  });

  if (!boots) {
    test('a list is of one environment or of all, by template, slot and start', async ({ signal }) => {
      await listsInOrder(open, signal);
    });
  }

  test('without its data it does not start, and nothing is left', async ({ signal }) => {
    await using scope = new Scope();
    const tried = await open(scope, signal);
    const without = () => delivery({ 'kiln/environment': 'A=1\n' });
    await leavesNothing(tried, { delivery: without, code: 'MACHINE_NOT_READY' }, signal);
  });

  test('what a delivery throws ends the launch, and nothing is left', async ({ signal }) => {
    await using scope = new Scope();
    const tried = await open(scope, signal);
    async function* broken(): AsyncGenerator<Uint8Array> {
      let pieces = 0;
      for await (const piece of delivery({ 'kiln/environment.json': '{}' })) {
        if (pieces++ === 2) throw new Fault('SECRETS_INVALID', 'it was tampered with');
        yield piece;
      }
    }
    await leavesNothing(tried, { delivery: broken, code: 'SECRETS_INVALID' }, signal);
  });

  test('an abort in the middle of a launch leaves nothing', async ({ signal }) => {
    await using scope = new Scope();
    const tried = await open(scope, signal);
    const controller = new AbortController();
    async function* aborting(): AsyncGenerator<Uint8Array> {
      controller.abort(new Fault('INTERRUPTED', 'enough'));
      yield* delivery({ 'kiln/environment.json': '{}' });
    }
    const during = controller.signal;
    await leavesNothing(tried, { delivery: aborting, code: 'INTERRUPTED', during }, signal);
  });
}

async function listsInOrder(
  open: (scope: Scope, signal: AbortSignal) => Promise<LauncherUnderTest>,
  signal: AbortSignal,
): Promise<void> {
  await using scope = new Scope();
  const { launcher, form } = await open(scope, signal);
  const [one, other] = [ownEnvironment(), ownEnvironment()];
  for (const [environment, template, slot] of [
    [one, 'web', 10],
    [other, 'web', 1],
    [one, 'web', 2],
    [one, 'app', 1],
    [one, 'web', 2],
  ] as const) {
    await launcher.launch(instanceSpec({ environment, form, template, slot }), scope, signal);
  }
  const listed = await launcher.list(one, signal);
  assert.equal(
    listed.map(({ template, slot }) => `${template}-${slot}`),
    ['app-1', 'web-2', 'web-2', 'web-10'],
  );
  assert.ok((listed[1]?.startedAt ?? '') <= (listed[2]?.startedAt ?? ''));
  const all = (await launcher.list(undefined, signal)).map(({ environment }) => environment);
  assert.is(all.filter((environment) => environment === one || environment === other).length, 5);
}

/** A launch with this delivery fails with the code, and its scope takes all of it away; `during` can abort it. */
async function leavesNothing(
  { launcher, form, how = CONTAINED }: LauncherUnderTest,
  failing: {
    readonly delivery: () => AsyncIterable<Uint8Array>;
    readonly code: FaultCode;
    readonly during?: AbortSignal;
  },
  signal: AbortSignal,
): Promise<void> {
  const { delivery, code, during = signal } = failing;
  const environment = ownEnvironment();
  await using inner = new Scope();
  const spec = instanceSpec({ environment, form, delivery, ...how });
  await rejects(launcher.launch(spec, inner, during), { code });
  await inner.close();
  assert.equal(await launcher.list(environment, signal), []);
}

async function only(launcher: Launcher, environment: string, signal: AbortSignal): Promise<Instance> {
  const [instance, ...others] = await launcher.list(environment, signal);
  if (instance === undefined || others.length > 0) throw new Error(`${environment} has not one instance`);
  return instance;
}
