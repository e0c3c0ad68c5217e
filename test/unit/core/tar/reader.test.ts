import { buffer } from 'node:stream/consumers';
import * as assert from 'uvu/assert';
import { readTar } from '../../../../src/core/tar/reader.ts';
import { rejects } from '../../../support/rejects.ts';
import { suite } from '../../../support/suite.ts';
import { archive, END, fileHeader, inPieces, paxMember, rawBlock, readAll } from './bytes.ts';

const test = suite('tar reader');
const CAPABILITY = Buffer.from('0100000200040000000000000000000000000000', 'hex');

test('a binary attribute arrives byte for byte', async () => {
  // NUL, newline, `=` and bytes that are no UTF-8, just as capabilities have them.
  const value = Buffer.concat([CAPABILITY, Buffer.from([0x0a, 0x3d, 0xff, 0x20])]);
  const record = Buffer.concat([Buffer.from(' SCHILY.xattr.security.capability='), value, Buffer.from('\n')]);
  const length = Buffer.from(String(record.length + 2));
  const bytes = Buffer.concat([
    paxMember(Buffer.concat([length, record])),
    rawBlock(fileHeader('usr/bin/ping'), '0'),
    rawBlock(fileHeader('other'), '0'),
    END,
  ]);
  const [ping, other] = await readAll(bytes);
  assert.equal(ping?.xattrs, { 'security.capability': value.toString('base64') });
  assert.is(other?.xattrs, undefined, 'a pax header speaks of the next member alone');
});

test('a pax header says more exactly what its member has no room for', async () => {
  const records = '13 size=1024\n18 uid=4000000000\n22 mtime=1600000000.9\n';
  const bytes = Buffer.concat([
    paxMember(Buffer.from(records)),
    rawBlock(fileHeader('big'), '0'),
    Buffer.alloc(1024, 7),
    END,
  ]);
  const [big] = await readAll(bytes);
  assert.equal(
    [big?.size, big?.uid, big?.mtime, big?.content.length],
    [1024, 4_000_000_000, 1_600_000_000, 1024],
  );
});

test('a member that is left unread, or read in part, is passed over', async () => {
  const bytes = await archive([
    { ...fileHeader('first', 5000), body: Buffer.alloc(5000, 1) },
    { ...fileHeader('second', 3000), body: Buffer.alloc(3000, 2) },
    { ...fileHeader('third', 3), body: Buffer.from('end') },
  ]);
  const contents: string[] = [];
  for await (const member of readTar(inPieces(bytes, 700))) {
    if (member.path === 'second') for await (const _piece of member.body) break;
    if (member.path === 'third') contents.push((await buffer(member.body)).toString());
  }
  assert.equal(contents, ['end']);
});

test('whoever stops early ends the stream that is read', async () => {
  const bytes = await archive([fileHeader('a'), fileHeader('b')]);
  let ended = false;
  async function* stream() {
    try {
      yield* inPieces(bytes, 512);
    } finally {
      ended = true;
    }
  }
  for await (const _member of readTar(stream())) break;
  assert.ok(ended);
});

test('a stream that is cut short is an error wherever it is cut', async () => {
  const bytes = await archive([
    { ...fileHeader('one', 600), body: Buffer.alloc(600, 1) },
    { ...fileHeader('x'.repeat(150), 4), body: Buffer.from('four') },
  ]);
  const whole = bytes.length - END.length;
  for (let end = 1; end <= whole; end += end % 512 === 0 ? 1 : 511) {
    await rejects<Error>(readAll(bytes.subarray(0, end)), /cut short/);
  }
  assert.is((await readAll(bytes)).length, 2);
});

test('an empty stream is no empty archive', async () => {
  await rejects<Error>(readAll(Buffer.alloc(0)), /cut short/);
  assert.equal(await readAll(END), []);
});

test('a header with one bit changed is an error', async () => {
  const bytes = await archive([fileHeader('one')]);
  for (const at of [0, 100, 124, 156, 300]) {
    const damaged = Buffer.from(bytes);
    damaged[at] = (damaged[at] ?? 0) ^ 1;
    await rejects<Error>(readAll(damaged), /checksum/);
  }
});

test('a path that leads out of the archive is an error, also as the target of a hardlink', async () => {
  for (const path of ['..', '../a', 'a/../../b', './..']) {
    const bytes = Buffer.concat([rawBlock(fileHeader(path), '0'), END]);
    await rejects<Error>(readAll(bytes), /leads out of the archive/);
  }
  const bytes = Buffer.concat([rawBlock(fileHeader('a'), '1', [[157, '../etc/passwd']]), END]);
  await rejects<Error>(readAll(bytes), /leads out of the archive/);
});

test('leading slashes and dots are no part of a path', async () => {
  const bytes = Buffer.concat([
    ...['./', '/etc//passwd', './a/./b/'].map((path) =>
      rawBlock(fileHeader(path), path.endsWith('/') ? '5' : '0'),
    ),
    END,
  ]);
  assert.equal(
    (await readAll(bytes)).map(({ path }) => path),
    ['', 'etc/passwd', 'a/b'],
  );
});

test('a file whose name ends with a slash is a folder, as it was before POSIX', async () => {
  const [old] = await readAll(Buffer.concat([rawBlock(fileHeader('old/'), '\0'), END]));
  assert.equal([old?.path, old?.type], ['old', 'directory']);
});

test('broken pax headers, sparse files and unknown types are errors, and no guesses', async () => {
  const follow = Buffer.concat([rawBlock(fileHeader('a'), '0'), END]);
  for (const records of ['nonsense', '99 path=a\n', '0 path=a\n', '-5 path=a\n', '12 size=abc\n', '4 =\n5']) {
    await rejects<Error>(
      readAll(Buffer.concat([paxMember(Buffer.from(records)), follow])),
      /broken pax header/,
    );
  }
  const sparse = paxMember(Buffer.from('22 GNU.sparse.major=1\n'));
  await rejects<Error>(readAll(Buffer.concat([sparse, follow])), /sparse/);
  await rejects<Error>(readAll(Buffer.concat([rawBlock(fileHeader('a'), 'Z'), END])), /'Z' is not supported/);
});

test.run();
