import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { distributeAmi } from '../../../../src/app/distribute/distribute-ami.ts';
import type { DistributionSettings } from '../../../../src/app/distribute/distribute-ports.ts';
import { isWhole, type RegionOutcome } from '../../../../src/app/distribute/distribution.ts';
import { openFileCatalogue } from '../../../../src/catalogue/file-store.ts';
import type { RecordDraft } from '../../../../src/catalogue/record.ts';
import { Fault } from '../../../../src/core/fault.ts';
import type { AmiId } from '../../../../src/core/form-id.ts';
import { readLedger } from '../../../../src/core/ledger-line.ts';
import { fakeAmiRegions, outage } from '../../../support/fake-ami-regions.ts';
import { rejects } from '../../../support/rejects.ts';
import { suite } from '../../../support/suite.ts';
import { sampleDraft, sampleForms, temporaryHome } from '../../catalogue/sample-record.ts';

const test = suite('distribution of an AMI');

const [HOME, OREGON, DUBLIN] = ['eu-central-1', 'us-west-2', 'eu-west-1'];
const BOTH: DistributionSettings = {
  copy: { [OREGON]: {}, [DUBLIN]: { 'kms-key': 'alias/golden' } },
  tags: {},
};

async function world(changes: Partial<RecordDraft> = {}) {
  const home = await temporaryHome();
  const catalogue = openFileCatalogue(home.path);
  const regions = fakeAmiRegions();
  const tags = { Name: 'web@1', 'kiln.bake': 'the bake', 'kiln.template': 'web' };
  const { id, snapshots } = regions.add(HOME, { tags });
  const record = await catalogue.publish(sampleDraft(changes), async () => [
    { kind: 'ami', region: HOME, id, snapshots, architecture: 'x86_64' },
  ]);
  const notes: string[] = [];
  const cleaned: string[] = [];
  return {
    regions,
    catalogue,
    record,
    notes,
    cleaned,
    source: id,
    async distribute(
      settings: DistributionSettings,
      signal: AbortSignal,
      only: readonly string[] = [],
      of = record,
    ) {
      const ports = {
        catalogue,
        amis: regions.open,
        home: home.path,
        note: (message: string) => notes.push(message),
        onCleanup: ({ label, state }: { label: string; state: string }) => cleaned.push(`${state}: ${label}`),
      };
      return await distributeAmi(of, settings, only, ports, signal);
    },
    /** What is intended by what is at work. */
    async intended() {
      const folder = join(home.path, 'ledger');
      const files = await readdir(folder).catch(() => []);
      const ledgers = await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')));
      return ledgers.flatMap((text) => readLedger(text)?.open.map(({ intends }) => intends) ?? []);
    },
    [Symbol.asyncDispose]: () => home[Symbol.asyncDispose](),
  };
}

const codeOf = (outcome: RegionOutcome | undefined) => (outcome?.error as Fault | undefined)?.code;
const messageOf = (outcome: RegionOutcome | undefined) =>
  (outcome?.error as Fault | undefined)?.message ?? '';
const told = (regions: readonly RegionOutcome[]) => regions.map(({ region, state }) => `${region} ${state}`);

test('a region that lets a copy wait is heard while it does', async ({ signal }) => {
  await using kiln = await world();
  const { regions, notes } = kiln;
  regions.at(OREGON).full = `${OREGON} takes no copy`;
  let heard: string[] = [];
  regions.at(OREGON).onWait = async () => {
    heard = [...notes];
  };
  await kiln.distribute(BOTH, signal);
  assert.ok(heard.includes(`${OREGON} takes no copy`));
});

test('it is copied side by side, each copy in the ledger before its wait and noted after', async ({
  signal,
}) => {
  await using kiln = await world();
  const { regions, record, catalogue, source } = kiln;
  const waiting: AmiId[] = [];
  const met = new AbortController();
  const seen: string[] = [];
  for (const region of [OREGON, DUBLIN]) {
    regions.at(region).onWait = async (id) => {
      const intended = await kiln.intended();
      if (intended.some((one) => one.kind === 'cloud' && one.region === region)) seen.push(`${region} cloud`);
      if (intended.some((one) => one.kind === 'ami' && one.region === region && one.id === id))
        seen.push(`${region} ami`);
      if (intended.some((one) => one.kind === 'uses' && one.image === 'web@1')) seen.push(`${region} uses`);
      assert.equal(await catalogue.copies(record), []);
      if (waiting.push(id) === 2) met.abort();
      else await new Promise((resolve) => met.signal.addEventListener('abort', resolve));
    };
  }
  const { regions: outcomes } = await kiln.distribute(BOTH, signal);
  assert.equal(told(outcomes), [`${HOME} original`, `${DUBLIN} copied`, `${OREGON} copied`]);
  assert.equal(
    seen.sort(),
    [DUBLIN, OREGON].flatMap((region) => ['ami', 'cloud', 'uses'].map((kind) => `${region} ${kind}`)).sort(),
  );
  const copies = await catalogue.copies(record);
  assert.equal(copies.map(({ region }) => region).sort(), [DUBLIN, OREGON]);
  for (const { region, id, snapshots, run } of copies) {
    const ami = regions.at(region).amis.get(id);
    assert.equal([ami?.state, ami?.snapshots], ['available', snapshots]);
    assert.equal(ami?.tags, { Name: 'web@1', 'kiln.bake': run, 'kiln.template': 'web' });
    assert.is.not(run, 'the bake');
  }
  assert.equal(await kiln.intended(), []);
  assert.equal([kiln.cleaned, regions.at(HOME).calls], [[], [`find ${source}`]]);
});

test('the same again leaves what is there, and the template as it is now decides', async ({ signal }) => {
  await using kiln = await world();
  const { regions } = kiln;
  await kiln.distribute(BOTH, signal);
  for (const region of [OREGON, DUBLIN]) regions.at(region).calls.length = 0;
  const share = { accounts: ['111111111111'], organizations: [], 'organizational-units': [], snapshots: [] };
  const settings = { copy: { [OREGON]: {} }, share, 'deprecate-after': 86_400_000, tags: {} };
  const { regions: outcomes } = await kiln.distribute(settings, signal);
  assert.equal(told(outcomes), [`${HOME} original`, `${DUBLIN} there`, `${OREGON} there`]);
  assert.equal(
    outcomes.map(({ changed, undeclared }) => [...changed, undeclared]),
    [undefined, true, undefined].map((undeclared) => [
      '111111111111 may launch it',
      'deprecated from 2026-11-23 on',
      undeclared,
    ]),
  );
  const [copy] = regions.at(OREGON).amis.keys();
  assert.equal(regions.at(OREGON).calls, [
    `find ${copy}`,
    `share ${copy}`,
    `deprecate ${copy} 2026-11-23T22:34:05.000Z`,
  ]);
});

test('a region that fails leaves the others, is told, and is finished later', async ({ signal }) => {
  await using kiln = await world();
  const { regions, catalogue, record } = kiln;
  regions.at(OREGON).broken = outage(OREGON);
  const first = await kiln.distribute(BOTH, signal);
  assert.equal(told(first.regions), [`${HOME} original`, `${DUBLIN} copied`, `${OREGON} failed`]);
  assert.not(isWhole(first));
  assert.is(codeOf(first.regions[2]), 'CLOUD_FAILED');
  assert.ok(kiln.notes.includes(`${OREGON} failed: ${outage(OREGON).message}`));
  // Nobody knows whether the call that failed has made a copy, nor can ask now.
  assert.equal(kiln.cleaned, [`failed: copy of ${kiln.source} in ${OREGON}`]);
  assert.ok((await kiln.intended()).some((one) => one.kind === 'cloud' && one.region === OREGON));
  delete regions.at(OREGON).broken;
  const second = await kiln.distribute(BOTH, signal, [OREGON]);
  assert.equal(told(second.regions), [`${OREGON} copied`]);
  assert.ok(isWhole(second));
  assert.is((await catalogue.copies(record)).length, 2);
  assert.is(regions.at(DUBLIN).amis.size, 1);
});

test('what AWS refuses has made nothing, so that nothing is to be removed', async ({ signal }) => {
  await using kiln = await world();
  kiln.regions.at(OREGON).broken = new Fault('CLOUD_DENIED', 'the profile default may not do ec2:CopyImage', {
    cause: Object.assign(new Error(), { $metadata: { httpStatusCode: 403, attempts: 1 } }),
  });
  const { regions: outcomes } = await kiln.distribute({ copy: { [OREGON]: {} }, tags: {} }, signal);
  assert.equal(told(outcomes), [`${HOME} original`, `${OREGON} failed`]);
  assert.equal([kiln.cleaned, await kiln.intended()], [[], []]);
});

test('an abort removes what is on its way, and what was copied stays the image’s', async ({ signal }) => {
  await using kiln = await world();
  const { regions, catalogue, record } = kiln;
  const interrupted = new AbortController();
  const reason = new Fault('INTERRUPTED', 'interrupted');
  regions.at(OREGON).onWait = async (_id, inner) => {
    while ((await catalogue.copies(record)).length === 0)
      await new Promise((resolve) => setTimeout(resolve, 5));
    interrupted.abort(reason);
    inner.throwIfAborted();
  };
  const both = AbortSignal.any([signal, interrupted.signal]);
  const { regions: outcomes } = await kiln.distribute(BOTH, both);
  assert.equal(told(outcomes), [`${HOME} original`, `${DUBLIN} copied`, `${OREGON} failed`]);
  assert.is(outcomes[2]?.error, reason);
  assert.equal([...regions.at(OREGON).amis.keys()], []);
  assert.equal(regions.at(DUBLIN).amis.size, 1);
  assert.equal(kiln.cleaned, [`removed: copy of ${kiln.source} in ${OREGON}`]);
  assert.equal(await kiln.intended(), []);
});

test('a copy that somebody removed is made again; one that nobody declares is forgotten', async ({
  signal,
}) => {
  await using kiln = await world();
  const { regions, catalogue, record } = kiln;
  await kiln.distribute(BOTH, signal);
  for (const region of [OREGON, DUBLIN]) regions.at(region).amis.clear();
  const { regions: outcomes } = await kiln.distribute({ copy: { [OREGON]: {} }, tags: {} }, signal);
  assert.equal(told(outcomes), [`${HOME} original`, `${DUBLIN} gone`, `${OREGON} copied`]);
  const copies = await catalogue.copies(record);
  assert.equal(
    copies.map(({ region, lost }) => `${region} ${lost === undefined}`).sort(),
    [`${DUBLIN} false`, `${OREGON} false`, `${OREGON} true`].sort(),
  );
});

test('where the AMI itself is not seen nothing is copied, and no copy is taken for lost', async ({
  signal,
}) => {
  await using kiln = await world();
  const { regions, catalogue, record } = kiln;
  await kiln.distribute({ copy: { [OREGON]: {} }, tags: {} }, signal);
  for (const region of [HOME, OREGON]) regions.at(region).amis.clear();
  const { regions: outcomes } = await kiln.distribute(BOTH, signal);
  assert.equal(told(outcomes), [`${HOME} failed`, `${DUBLIN} failed`, `${OREGON} failed`]);
  assert.match(
    messageOf(outcomes[1]),
    /AWS has no ami-1 in eu-central-1 of the account of the profile default/,
  );
  assert.equal(
    (await catalogue.copies(record)).map(({ lost }) => lost),
    [undefined],
  );
});

test('two of one image at once wait for each other, and copy once', async ({ signal }) => {
  await using kiln = await world();
  const [one, other] = await Promise.all([kiln.distribute(BOTH, signal), kiln.distribute(BOTH, signal)]);
  assert.ok(isWhole(one) && isWhole(other));
  assert.is(kiln.regions.at(OREGON).amis.size, 1);
});

test('what has no AMI, may go nowhere or names a strange region is refused', async ({ signal }) => {
  await using kiln = await world();
  const { catalogue, record } = kiln;
  const without = await catalogue.publish(sampleDraft({ template: 'app' }), sampleForms('app'));
  await rejects(kiln.distribute(BOTH, signal, [], without), { code: 'FORM_MISSING' });
  const strange = await rejects(kiln.distribute(BOTH, signal, ['sa-east-1']), { code: 'USAGE' });
  assert.match(strange.hint ?? '', 'it has eu-central-1, eu-west-1, us-west-2');
  const resumed = { ...record, resumed: { step: 1, bake: 'x' } };
  await rejects(kiln.distribute(BOTH, signal, [], resumed), { code: 'NOT_PROMOTED' });
  await catalogue.revoke('web@1', { reason: 'CVE', by: 'alice' }, new Date());
  await rejects(kiln.distribute(BOTH, signal), { code: 'IMAGE_REVOKED' });
  assert.equal(kiln.regions.at(HOME).calls, []);
});

test('as another account, which may see the AMIs all the same, nothing is copied or noted', async ({
  signal,
}) => {
  await using kiln = await world();
  const { catalogue, record, regions } = kiln;
  await kiln.distribute(BOTH, signal);
  const before = await catalogue.copies(record);
  regions.askAs('999988887777');
  const { regions: outcomes } = await kiln.distribute(BOTH, signal);
  for (const outcome of outcomes)
    assert.match(
      messageOf(outcome),
      /^AWS has no ami-1 in eu-central-1 of the account of the profile default$/,
    );
  assert.equal(await catalogue.copies(record), before);
  regions.askAs('111122223333');
  assert.is(isWhole(await kiln.distribute(BOTH, signal)), true);
});

test.run();
