import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { type Aged, type Keep, retain } from '../../../src/catalogue/retention.ts';
import { suite } from '../../support/suite.ts';

const test = suite('which images are kept');

/** Images with rising versions, baked at these times. */
function baked(...times: string[]): Aged[] {
  return times.map((time, index) => ({
    version: index + 1,
    created: time.length === 10 ? `${time}T12:00:00.000Z` : time,
  }));
}

function kept(images: readonly Aged[], keep: Keep): Record<number, readonly string[]> {
  const all = retain(images, keep).filter((one) => one.kept.length > 0);
  return Object.fromEntries(all.map(({ image, kept: why }) => [image.version, why]));
}

test('the newest so many are kept, whatever their age', () => {
  const images = baked('2026-11-20', '2026-11-21', '2026-11-22');
  assert.equal(kept(images, { last: 2 }), { 2: ['last'], 3: ['last'] });
  assert.equal(kept(images, { last: 9 }), { 1: ['last'], 2: ['last'], 3: ['last'] });
  assert.equal(retain(images, { last: 2 })[2], { image: images[0], kept: [] });
});

test('of each day its newest one is kept, and a day without one does not count', () => {
  const images = baked(
    '2026-11-01',
    '2026-11-20T08:00:00Z',
    '2026-11-20T23:59:59.999Z',
    '2026-11-21T00:00:00Z',
    '2026-11-25T03:00:00Z',
    '2026-11-25T04:00:00Z',
  );
  assert.equal(kept(images, { last: 1, daily: 3 }), {
    3: ['daily 2026-11-20'],
    4: ['daily 2026-11-21'],
    6: ['last', 'daily 2026-11-25'],
  });
});

test('days are those of UTC', () => {
  const images = baked('2026-11-25T00:30:00+01:00', '2026-11-25T01:30:00+01:00');
  assert.equal(kept(images, { daily: 2 }), { 1: ['daily 2026-11-24'], 2: ['last', 'daily 2026-11-25'] });
});

test('weeks are those of ISO 8601, which begin on a Monday and belong to the year of their Thursday', () => {
  const images = baked('2024-12-29', '2024-12-30', '2026-12-31', '2027-01-03', '2027-01-04');
  assert.equal(kept(images, { weekly: 4 }), {
    1: ['weekly 2024-W52'],
    2: ['weekly 2025-W01'],
    4: ['weekly 2026-W53'],
    5: ['last', 'weekly 2027-W01'],
  });
});

test('one image may be kept for several reasons', () => {
  const images = baked('2026-09-30', '2026-10-31', '2026-11-25');
  assert.equal(kept(images, { last: 1, daily: 1, weekly: 2, monthly: 3 }), {
    1: ['monthly 2026-09'],
    2: ['weekly 2026-W44', 'monthly 2026-10'],
    3: ['last', 'daily 2026-11-25', 'weekly 2026-W48', 'monthly 2026-11'],
  });
});

test('what is the newest the version says, where clocks went back', () => {
  const images = baked('2026-11-25', '2026-11-24', '2026-11-25T18:00:00Z', '2026-11-25T01:00:00Z');
  assert.equal(kept(images, { last: 1, daily: 2 }), {
    2: ['daily 2026-11-24'],
    4: ['last', 'daily 2026-11-25'],
  });
});

test('an image stays when nobody knows its time', () => {
  assert.equal(kept(baked('yesterday', '2026-11-25'), { last: 1, daily: 5 }), {
    1: ['nobody knows when it was baked'],
    2: ['last', 'daily 2026-11-25'],
  });
});

test('there may be none', () => {
  assert.equal(retain([], { last: 1 }), []);
});

const time = fc
  .date({ min: new Date('2025-06-01T00:00:00Z'), max: new Date('2026-11-25T00:00:00Z'), noInvalidDate: true })
  .map((date) => date.toISOString());
const anyImages = fc.array(time, { maxLength: 60 }).map((times) => baked(...times));
const count = fc.integer({ min: 0, max: 12 });
const anyKeep: fc.Arbitrary<Required<Keep>> = fc.record({
  last: fc.integer({ min: 1, max: 12 }),
  daily: count,
  weekly: count,
  monthly: count,
});

function survivors(images: readonly Aged[], keep: Keep): Aged[] {
  return retain(images, keep).flatMap(({ image, kept: why }) => (why.length > 0 ? [image] : []));
}

test('the newest is always kept, and every image is answered for once', () => {
  fc.assert(
    fc.property(anyImages, anyKeep, (images, keep) => {
      const all = retain(images, keep);
      assert.equal(
        all.map(({ image }) => image.version),
        images.map(({ version }) => version).reverse(),
      );
      if (all[0] !== undefined) assert.ok(all[0].kept.includes('last'));
    }),
  );
});

test('there are as many of each as were asked for, as long as there are as many', () => {
  fc.assert(
    fc.property(anyImages, anyKeep, (images, keep) => {
      const reasons = retain(images, keep).flatMap(({ kept: why }) => why);
      const have = (name: string) => reasons.filter((reason) => reason.split(' ')[0] === name).length;
      const days = new Set(images.map(({ created }) => created.slice(0, 10))).size;
      const months = new Set(images.map(({ created }) => created.slice(0, 7))).size;
      assert.is(have('last'), Math.min(keep.last, images.length));
      assert.is(have('daily'), Math.min(keep.daily, days));
      assert.is(have('monthly'), Math.min(keep.monthly, months));
      assert.ok(have('weekly') <= keep.weekly);
    }),
  );
});

test('what was kept once is kept again: pruning twice removes nothing more', () => {
  fc.assert(
    fc.property(anyImages, anyKeep, (images, keep) => {
      const once = survivors(images, keep);
      assert.equal(survivors(once, keep), once);
    }),
  );
});

test('who asks for more keeps all that who asks for less keeps', () => {
  fc.assert(
    fc.property(anyImages, anyKeep, anyKeep, (images, keep, more) => {
      const larger = {
        last: keep.last + more.last,
        daily: keep.daily + more.daily,
        weekly: keep.weekly + more.weekly,
        monthly: keep.monthly + more.monthly,
      };
      const all = new Set(survivors(images, larger));
      assert.ok(survivors(images, keep).every((image) => all.has(image)));
    }),
  );
});

test.run();
