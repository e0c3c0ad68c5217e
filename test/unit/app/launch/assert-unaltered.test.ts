import * as assert from 'uvu/assert';
import { assertUnaltered } from '../../../../src/app/launch/assert-unaltered.ts';
import { type ImageRecord, RECORD_KIND } from '../../../../src/catalogue/record.ts';
import { type Digest, digestOf } from '../../../../src/core/digest.ts';
import type { FaultCode } from '../../../../src/core/fault.ts';
import type { OciImage } from '../../../../src/forms/oci/oci-store.ts';
import { rejects } from '../../../support/rejects.ts';
import { suite } from '../../../support/suite.ts';
import { sampleDraft } from '../../catalogue/sample-record.ts';

const test = suite('an image in the engine is the one of its record');

const ID = digestOf('config');
const OTHER = digestOf('other');
const RECORD: ImageRecord = {
  kind: RECORD_KIND,
  name: 'web@7',
  version: 7,
  ...sampleDraft(),
  forms: [{ kind: 'oci', digest: ID, tag: 'kiln/web:7' }],
};

function image(id: Digest, digest: string | undefined = RECORD.digest): OciImage {
  const Labels = { 'kiln.template': 'web', ...(digest === undefined ? {} : { 'kiln.digest': digest }) };
  const created = '2026-11-22T22:00:00.000Z';
  const engine = { created, volumes: [], tags: [], repoDigests: [] };
  return { id, diffIds: [], architecture: 'amd64', run: { Labels }, ...engine };
}

type Engine = Readonly<Record<string, OciImage>>;

function imagesOf(engine: Engine) {
  return { inspect: async (ref: string) => engine[ref] };
}

const GOOD: readonly [string, Engine][] = [
  ['the engine has its bytes under its name', { [ID]: image(ID), 'kiln/web:7': image(ID) }],
  ['the engine has its bytes, and nobody calls them so', { [ID]: image(ID) }],
];

for (const [name, engine] of GOOD)
  test(`it is launched when ${name}`, async ({ signal }) => {
    assert.is((await assertUnaltered(RECORD, imagesOf(engine), signal)).id, ID);
  });

const BAD: readonly [string, Engine, FaultCode, RegExp, RegExp, readonly string[]][] = [
  [
    'its name leads to other bytes',
    { [ID]: image(ID), 'kiln/web:7': image(OTHER) },
    'IMAGE_ALTERED',
    /^the bytes behind kiln\/web:7 are not those of web@7$/,
    new RegExp(`docker tag ${ID} kiln/web:7`),
    [`kiln/web:7 is ${OTHER}`, `the record says ${ID}`],
  ],
  [
    'its name leads to other bytes, and its own are gone',
    { 'kiln/web:7': image(OTHER) },
    'IMAGE_ALTERED',
    /^the bytes behind kiln\/web:7 are not those of web@7$/,
    /Its own bytes are not in the engine any more.*`bake image web`/,
    [`kiln/web:7 is ${OTHER}`, `the record says ${ID}`],
  ],
  [
    'the engine does not have it',
    {},
    'FORM_MISSING',
    /^web@7 has a record, but its container image is not in the engine$/,
    /docker save kiln\/web:7.*docker load.*`bake image web`/,
    [ID],
  ],
  [
    'it says that it has another content',
    { [ID]: image(ID, OTHER), 'kiln/web:7': image(ID) },
    'IMAGE_ALTERED',
    /is not what its record says/,
    /record may have been changed/,
    [`the image says ${OTHER}`, `the record says ${RECORD.digest}`],
  ],
];

for (const [name, engine, code, message, hint, details] of BAD)
  test(`it is refused when ${name}`, async ({ signal }) => {
    const fault = await rejects(assertUnaltered(RECORD, imagesOf(engine), signal), { code });
    assert.match(fault.message, message);
    assert.match(fault.hint ?? '', hint);
    assert.equal(fault.details, details);
    assert.is(fault.exitCode, 1);
  });

test('it is refused when it says nothing of its content', async ({ signal }) => {
  const { Labels: _, ...run } = image(ID).run;
  const fault = await rejects(assertUnaltered(RECORD, imagesOf({ [ID]: { ...image(ID), run } }), signal), {
    code: 'IMAGE_ALTERED',
  });
  assert.equal(fault.details, ['the image says nothing', `the record says ${RECORD.digest}`]);
});

test('an image that was never made as a container is refused with the command that makes it', async ({
  signal,
}) => {
  const fault = await rejects(assertUnaltered({ ...RECORD, forms: [] }, imagesOf({}), signal), {
    code: 'FORM_MISSING',
  });
  assert.match(fault.hint ?? '', /`bake image web --forms oci`/);
});

test.run();
