import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { openFileCatalogue } from '../../../src/catalogue/file-store.ts';
import { rejects } from '../../support/rejects.ts';
import { suite } from '../../support/suite.ts';
import { sampleDraft, sampleForms, temporaryHome } from './sample-record.ts';

const test = suite("a record's runtime");

async function published(home: string, change: (record: Record<string, unknown>) => unknown) {
  const catalogue = openFileCatalogue(home);
  const record = await catalogue.publish(sampleDraft(), sampleForms());
  const changed = change(structuredClone(record) as unknown as Record<string, unknown>);
  await writeFile(join(home, 'records/web/1.json'), JSON.stringify(changed));
  return { catalogue, record };
}

test('what the image wants to be told is read back as it was written', async () => {
  await using home = await temporaryHome();
  const catalogue = openFileCatalogue(home.path);
  await catalogue.publish(sampleDraft(), sampleForms());
  assert.equal((await catalogue.get('web@1')).runtime, sampleDraft().runtime);
});

test('a record of an older kiln, which has none, can be read', async () => {
  await using home = await temporaryHome();
  const { catalogue } = await published(home.path, ({ runtime: _, ...older }) => older);
  assert.is((await catalogue.get('web@1')).runtime, undefined);
});

const DAMAGES: readonly [string, object, RegExp][] = [
  ['has no init', { init: undefined }, /runtime\.init is missing/],
  ['has a user that is none', { user: 7 }, /runtime\.user is a number, not a string/],
  [
    'has a check that is none',
    { checks: { http: { 'http://h/?': true } } },
    /checks\.http\.http.* is a boolean/,
  ],
  [
    'has a kind of checks that is none',
    { checks: { service: 'nginx' } },
    /runtime\.checks\.service is a string/,
  ],
  ['has a probe without a timeout', { probe: { interval: 1 } }, /runtime\.probe\.start-period is missing/],
  [
    'has data of no type',
    { data: { workers: { required: true } } },
    /runtime\.data\.workers\.type is missing/,
  ],
  [
    'has a secret that is yes or no to nobody',
    { secrets: { 'token?': {} } },
    /secrets\.token\?\.required is missing/,
  ],
  ['has memory in words', { vm: { memory: '1G', cpus: 2 } }, /runtime\.vm\.memory is a string, not a number/],
  ['has a port that is a number', { ports: [80] }, /runtime\.ports\[0\] is a number, not a string/],
  ['has one text for its state', { state: '/var/lib/app' }, /runtime\.state is a string, not a list/],
];

for (const [what, damage, message] of DAMAGES) {
  test(`a record whose runtime ${what} is damaged`, async () => {
    await using home = await temporaryHome();
    const { catalogue } = await published(home.path, (record) => ({
      ...record,
      runtime: { ...sampleDraft().runtime, ...damage },
    }));
    const fault = await rejects(catalogue.get('web@1'), { code: 'RECORD_DAMAGED' });
    assert.match(fault.message, message);
  });
}

test.run();
