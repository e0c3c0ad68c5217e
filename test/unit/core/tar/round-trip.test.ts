import fc from 'fast-check';
import * as assert from 'uvu/assert';
import type { TarHeader, TarInput } from '../../../../src/core/tar/member.ts';
import { decodeName, encodeName } from '../../../../src/core/tar/name.ts';
import { memberLength, TAR_END } from '../../../../src/core/tar/writer.ts';
import { rejects } from '../../../support/rejects.ts';
import { suite } from '../../../support/suite.ts';
import { archive, fileHeader, readAll } from './bytes.ts';

const test = suite('tar round trip');

/** Any bytes that a Linux file name may have, as the name that stands for them. */
const name = fc
  .uint8Array({ minLength: 1, maxLength: 120 })
  .map((bytes) => Buffer.from(bytes.map((byte) => (byte === 0 || byte === 0x2f ? 0x41 : byte))))
  .filter((bytes) => !['.', '..'].includes(bytes.toString('latin1')))
  .map(decodeName);
const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => names.join('/'));
const xattrs = fc
  .array(
    fc.tuple(fc.constantFrom('security.capability', 'user.x', 'user.é'), fc.uint8Array({ maxLength: 40 })),
    {
      minLength: 1,
    },
  )
  .map((pairs) =>
    Object.fromEntries(pairs.map(([key, value]) => [key, Buffer.from(value).toString('base64')])),
  );
const common = fc.record({
  path,
  mode: fc.nat({ max: 0o7777 }),
  uid: fc.nat({ max: 2 ** 32 - 1 }),
  gid: fc.nat({ max: 2 ** 32 - 1 }),
  mtime: fc.nat({ max: 2 ** 32 }),
});
const rest = fc.oneof(
  fc
    .uint8Array({ maxLength: 1500 })
    .map((body) => ({ type: 'file' as const, size: body.length, body: Buffer.from(body) })),
  fc.record({ type: fc.constant('symlink' as const), size: fc.constant(0), target: path }),
  fc.record({ type: fc.constant('hardlink' as const), size: fc.constant(0), target: path }),
  fc.record({ type: fc.constantFrom('directory' as const, 'fifo' as const), size: fc.constant(0) }),
  fc.record({
    type: fc.constantFrom('character' as const, 'block' as const),
    size: fc.constant(0),
    device: fc.tuple(fc.nat({ max: 0xfff }), fc.nat({ max: 0xfffff })),
  }),
);
const member = fc.tuple(common, rest, fc.option(xattrs, { nil: undefined })).map(
  ([head, tail, attributes]): TarInput => ({
    ...head,
    ...tail,
    ...(attributes ? { xattrs: attributes } : {}),
  }),
);

test('every member comes back as it was written, whatever the pieces it is read in', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(member, { maxLength: 6 }),
      fc.integer({ min: 1, max: 2000 }),
      async (members, size) => {
        const back = await readAll(await archive(members), size);
        assert.equal(
          back.map(({ content: _content, ...header }) => header),
          members.map(({ body: _body, ...header }) => header as TarHeader),
        );
        assert.equal(
          back.map(({ content }) => content),
          members.map(({ body }) => (body as Buffer | undefined) ?? Buffer.alloc(0)),
        );
      },
    ),
    { numRuns: 150 },
  );
});

test('any bytes of a name come back as they were', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      assert.equal(encodeName(decodeName(Buffer.from(bytes))), Buffer.from(bytes));
    }),
    { numRuns: 500 },
  );
});

test('two names are the same only when their bytes are', () => {
  const names = ['é', 'e\u0301', '\udcc3\udca9', '😀'];
  assert.is(new Set(names.map((one) => encodeName(one).toString('hex'))).size, 3);
  assert.is(decodeName(encodeName('\udcc3\udca9')), 'é', 'bytes that are UTF-8 read as such');
});

test('equal members give equal bytes, in whatever order their attributes were given', async () => {
  const one = { ...fileHeader('a'), xattrs: { 'user.b': 'Yg==', 'user.a': 'YQ==' } };
  const other = { ...fileHeader('a'), xattrs: { 'user.a': 'YQ==', 'user.b': 'Yg==' } };
  assert.equal(await archive([one]), await archive([other]));
});

test('the length of a member is known before it is written', async () => {
  await fc.assert(
    fc.asyncProperty(member, async (one) => {
      assert.is((await archive([one])).length, memberLength(one) + TAR_END.length);
    }),
  );
});

test('a body that has not the size its header says is an error', async () => {
  for (const body of [Buffer.from('ab'), Buffer.from('abcd')]) {
    await rejects<Error>(archive([{ ...fileHeader('f', 3), body }]), /was to have 3 bytes and had/);
  }
});

test.run();
