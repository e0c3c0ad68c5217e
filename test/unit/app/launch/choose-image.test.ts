import * as assert from 'uvu/assert';
import { chooseImage, type ImageRequest } from '../../../../src/app/launch/choose-image.ts';
import { openFileCatalogue } from '../../../../src/catalogue/file-store.ts';
import { openLaunchHistory } from '../../../../src/catalogue/launch-history.ts';
import type { RunningImage } from '../../../../src/catalogue/promotion.ts';
import { digestOf } from '../../../../src/core/digest.ts';
import type { FaultCode } from '../../../../src/core/fault.ts';
import { rejects } from '../../../support/rejects.ts';
import { suite } from '../../../support/suite.ts';
import { sampleDraft, sampleForms, temporaryHome } from '../../catalogue/sample-record.ts';

const test = suite('which image is launched');

const HOUR = 3_600_000;
const NOW = new Date('2026-11-23T22:00:00.000Z');
const DEV = { name: 'dev', platform: 'docker' } as const;
const PROD = { name: 'prod', platform: 'docker', after: 'staging' } as const;
const treeOf = (version: number) => digestOf(`tree ${version}`);

/** Three images of web, each of its own tree and a day old, and one of app. */
async function someImages() {
  const home = await temporaryHome();
  const catalogue = openFileCatalogue(home.path);
  const created = '2026-11-22T22:00:00.000Z';
  for (const version of [1, 2, 3])
    await catalogue.publish(
      sampleDraft({ digest: treeOf(version), created }),
      sampleForms('web', treeOf(version)),
    );
  await catalogue.publish(sampleDraft({ template: 'app', created }), sampleForms('app'));

  /** Launches of a version in staging, one after the other, an hour each until now. */
  async function launched(...versions: readonly number[]): Promise<void> {
    for (const [index, version] of versions.entries()) {
      const at = () => new Date(NOW.getTime() - (versions.length - index) * HOUR);
      const launch = await openLaunchHistory(home.path, at).begin({
        launch: `launch-${index}`,
        environment: 'staging',
        action: 'launch',
        template: 'web',
        image: `web@${version}`,
        digest: treeOf(version),
      });
      await launch.end({ result: 'healthy', ms: 1, instances: ['web-1'] });
    }
  }

  async function choose(
    request: Partial<ImageRequest>,
    running: readonly RunningImage[] | 'not asked',
    signal: AbortSignal,
  ) {
    let asked = 0;
    const ports = {
      catalogue,
      history: openLaunchHistory(home.path),
      running: async (environment: string, template: string) => {
        asked++;
        assert.equal([environment, template], ['staging', 'web']);
        if (running === 'not asked') throw new Error('nothing hangs on what runs');
        return running;
      },
    };
    const chosen = await chooseImage(
      { environment: PROD, template: 'web', now: NOW, ...request },
      ports,
      signal,
    );
    assert.ok(asked <= 1);
    return { name: chosen.record.name, ...chosen };
  }

  return { path: home.path, catalogue, launched, choose, [Symbol.asyncDispose]: home[Symbol.asyncDispose] };
}

function up(version: number, changes: Partial<RunningImage> = {}): RunningImage {
  const startedAt = new Date(NOW.getTime() - 2 * HOUR).toISOString();
  return {
    image: `web@${version}`,
    digest: treeOf(version),
    serving: true,
    healthy: true,
    startedAt,
    ...changes,
  };
}

const REVOKE = { reason: 'CVE-1', by: 'alice@b' };

const TAKEN: readonly [
  string,
  Partial<ImageRequest>,
  readonly RunningImage[] | 'not asked',
  string,
  string,
][] = [
  ['the first environment takes the newest', { environment: DEV }, 'not asked', 'web@3', 'newest'],
  ['or the one that is asked for', { environment: DEV, wanted: 'web@1' }, 'not asked', 'web@1', 'asked for'],
  [
    'or the newest by its name',
    { environment: DEV, wanted: 'web@latest' },
    'not asked',
    'web@3',
    'asked for',
  ],
  ['another takes what the one before runs', {}, [up(2), up(2)], 'web@2', 'staging runs it'],
  [
    'or what ran there well, without a look at what runs',
    { wanted: 'web@1' },
    'not asked',
    'web@1',
    'asked for',
  ],
  [
    'or what ran there for long enough',
    { wanted: 'web@1', environment: { ...PROD, soak: HOUR } },
    'not asked',
    'web@1',
    'asked for',
  ],
  [
    'or what has run there for long enough by now',
    { wanted: 'web@3', environment: { ...PROD, soak: 2 * HOUR } },
    [up(3)],
    'web@3',
    'asked for',
  ],
  ['or what runs there well now, and no history knows', { wanted: 'web@3' }, [up(3)], 'web@3', 'asked for'],
];

for (const [name, request, running, image, reason] of TAKEN)
  test(name, async ({ signal }) => {
    await using images = await someImages();
    await images.launched(1, 2);
    const chosen = await images.choose(request, running, signal);
    assert.equal([chosen.name, chosen.reason, chosen.overridden], [image, reason, []]);
    const version = chosen.record.version;
    assert.equal(chosen.form, { kind: 'oci', digest: treeOf(version), tag: `kiln/web:${version}` });
  });

interface Refused {
  readonly name: string;
  readonly request?: Partial<ImageRequest>;
  readonly running?: readonly RunningImage[] | 'not asked';
  readonly code: FaultCode;
  readonly message: RegExp;
  readonly hint: RegExp;
  /** What an override makes of it. */
  readonly overridden?: string;
}

const REFUSED: readonly Refused[] = [
  {
    name: 'nothing runs in the environment before',
    running: [],
    code: 'NOT_PROMOTED',
    message: /^web may not go to prod: staging runs no web$/,
    hint: /^Launch it there first: `launch web --env staging`\. Or say which image and why: `launch web --env prod --image web@VERSION --override REASON`\.$/,
  },
  {
    name: 'two images run there',
    running: [up(2), up(3)],
    code: 'NOT_PROMOTED',
    message: /staging runs web@2, web@3 at once/,
    hint: /--image web@VERSION/,
  },
  {
    name: 'it is not healthy there',
    running: [up(2, { healthy: false, why: 'service nginx' })],
    code: 'NOT_PROMOTED',
    message: /^web@2 may not go to prod: it is not healthy in staging now: service nginx$/,
    hint: /`launch web --env prod --override REASON`\.$/,
    overridden: 'web@2',
  },
  {
    name: 'an image was never healthy there',
    request: { wanted: 'web@3' },
    running: [up(2)],
    code: 'NOT_PROMOTED',
    message: /^web@3 may not go to prod: it was never healthy in staging$/,
    hint: /^Launch it there first: `launch web --env staging --image web@3`\. Or .*: `launch web --env prod --image web@3 --override REASON`\.$/,
    overridden: 'web@3',
  },
  {
    name: 'an image did not run there for long enough',
    request: { wanted: 'web@1', environment: { ...PROD, soak: HOUR + 1 } },
    running: [up(2)],
    code: 'NOT_PROMOTED',
    message: /it has run in staging for 1 h, and prod asks for 1 h/,
    hint: /Let it run there/,
    overridden: 'web@1',
  },
  {
    name: 'what was launched there last runs no more, so that its time is over',
    request: { wanted: 'web@2', environment: { ...PROD, soak: 1 } },
    running: [],
    code: 'NOT_PROMOTED',
    message: /it has run in staging for 0 s/,
    hint: /Let it run there/,
    overridden: 'web@2',
  },
  {
    name: 'another image runs there now, so that its time is over',
    request: { wanted: 'web@2', environment: { ...PROD, soak: 1 } },
    running: [up(3)],
    code: 'NOT_PROMOTED',
    message: /it has run in staging for 0 s/,
    hint: /Let it run there/,
    overridden: 'web@2',
  },
  {
    name: 'an image is too old',
    request: { environment: { ...DEV, maxAge: HOUR } },
    running: 'not asked',
    code: 'NOT_PROMOTED',
    message: /^web@3 may not go to dev: it is 1 d old, and dev takes none older than 1 h$/,
    hint: /`bake image web`/,
    overridden: 'web@3',
  },
  {
    name: 'an image has no record',
    request: { wanted: 'web@9' },
    running: 'not asked',
    code: 'IMAGE_UNKNOWN',
    message: /there is no web@9/,
    hint: /web has versions 1–3/,
  },
  {
    name: 'a template has no image',
    request: { environment: DEV, template: 'db' },
    running: 'not asked',
    code: 'IMAGE_UNKNOWN',
    message: /there is no image of db/,
    hint: /bake image db/,
  },
  {
    name: 'what runs there has no record',
    running: [up(9)],
    code: 'IMAGE_UNKNOWN',
    message: /staging runs web@9, of which this catalogue has no record/,
    hint: /`bake list`/,
  },
  {
    name: 'what runs there has another digest than the record',
    running: [up(2, { digest: digestOf('forged') })],
    code: 'IMAGE_ALTERED',
    message: /what staging runs as web@2 is not the web@2 of the catalogue/,
    hint: /launch it there again/,
  },
  {
    name: 'an image is of another template',
    request: { wanted: 'app@1' },
    running: 'not asked',
    code: 'USAGE',
    message: /app@1 is no image of web/,
    hint: /bake list web/,
  },
  {
    name: 'an image has not the form that the platform runs',
    request: { environment: { name: 'lab', platform: 'qemu' } },
    running: 'not asked',
    code: 'FORM_MISSING',
    message: /web@3 has no form disk, which is what qemu runs/,
    hint: /`bake image web --forms oci,disk`/,
  },
];

for (const { name, request = {}, running = [], code, message, hint, overridden } of REFUSED) {
  test(`it is refused when ${name}`, async ({ signal }) => {
    await using images = await someImages();
    await images.launched(1, 2);
    const fault = await rejects(images.choose(request, running, signal), { code });
    assert.match(fault.message, message);
    assert.match(fault.hint ?? '', hint);
    // The one reason stands in the message.
    if (code === 'NOT_PROMOTED') assert.equal(fault.details, []);
  });

  test(`an override ${overridden === undefined ? 'does not help' : 'is possible'} when ${name}`, async ({
    signal,
  }) => {
    await using images = await someImages();
    await images.launched(1, 2);
    const choosing = images.choose({ ...request, override: 'outage' }, running, signal);
    if (overridden === undefined) {
      const fault = await rejects(choosing, { code });
      if (code === 'NOT_PROMOTED')
        assert.match(fault.hint ?? '', /Or say which image: `.* --image web@VERSION --override/);
    } else {
      const chosen = await choosing;
      assert.is(chosen.name, overridden);
      assert.is(chosen.overridden.length, 1);
      assert.match(
        `${chosen.name} may not go to ${request.environment?.name ?? 'prod'}: ${chosen.overridden[0]}`,
        message,
      );
    }
  });
}

test('every reason is told at once, and all are overridden at once', async ({ signal }) => {
  await using images = await someImages();
  await images.catalogue.revoke('web@3', REVOKE, NOW);
  const request = { wanted: 'web@3', environment: { ...PROD, maxAge: HOUR } };
  const fault = await rejects(images.choose(request, [], signal), { code: 'NOT_PROMOTED' });
  assert.is(fault.message, 'web@3 may not go to prod: it was never healthy in staging, and 2 more');
  assert.equal(fault.details, [
    'it was never healthy in staging',
    'it was revoked by alice@b on 2026-11-23 22:00Z: CVE-1',
    'it is 1 d old, and prod takes none older than 1 h',
  ]);
  const chosen = await images.choose({ ...request, override: 'outage' }, [], signal);
  assert.equal(chosen.overridden, fault.details);
});

test('the newest that was revoked is refused, and none is taken in its place', async ({ signal }) => {
  await using images = await someImages();
  await images.catalogue.revoke('web@3', REVOKE, NOW);
  await rejects(images.choose({ environment: DEV }, 'not asked', signal), { code: 'NOT_PROMOTED' });
});

test('an override that nothing needs is not noted', async ({ signal }) => {
  await using images = await someImages();
  const chosen = await images.choose({ environment: DEV, override: 'to be sure' }, 'not asked', signal);
  assert.equal(chosen.overridden, []);
});

for (const override of ['', '  '])
  test(`an override for the reason ${JSON.stringify(override)} is none`, async ({ signal }) => {
    await using images = await someImages();
    const fault = await rejects(images.choose({ environment: DEV, override }, 'not asked', signal), {
      code: 'USAGE',
    });
    assert.match(fault.message, /--override needs a reason/);
  });

test.run();
