import * as assert from 'uvu/assert';
import { listLines } from '../../../src/ui/list-lines.ts';
import { revocationLines, revocationText } from '../../../src/ui/revocation-lines.ts';
import { suite } from '../../support/suite.ts';

const test = suite('revoked images for people');
const REVOKED = { image: 'web@7', reason: 'CVE-1', by: 'alice@b', at: '2026-11-22T22:13:00.000Z' };

test('a list tells why after the table, of a base by its own name', () => {
  const image = {
    name: 'web@7',
    digest: `sha256:${'a'.repeat(64)}`,
    bytes: 812_000_000,
    created: '2026-11-22T22:13:00.000Z',
    base: 'debian-12',
    forms: ['oci'],
    ms: 41_200,
    revoked: REVOKED,
  };
  const based = { ...image, name: 'app@2', revoked: { ...REVOKED, image: 'hardened@4' } };
  const { revoked: _, ...good } = { ...image, name: 'web@6' };
  const lines = listLines({ images: [image, based, good], damaged: [], more: 1 });
  assert.equal(lines.slice(4), [
    '✗ web@7 is revoked, by alice@b on 2026-11-22: CVE-1',
    '✗ app@2 is revoked, as hardened@4, by alice@b on 2026-11-22: CVE-1',
    '… and 1 older; --limit shows more',
  ]);
});

test('what a person wrote as a reason cannot draw on the terminal', () => {
  const lines = revocationLines({ ...REVOKED, reason: 'a\u001b[2Jb', already: false });
  assert.is(lines[0], '✔ web@7 is revoked: ab');
  const again = revocationLines({ ...REVOKED, reason: 'a\u001b[2Jb', already: true });
  assert.is(again[0], 'web@7 was revoked already, by alice@b on 2026-11-22: ab');
});

test('which image it was is said where it was another', () => {
  assert.is(revocationText(REVOKED), 'by alice@b on 2026-11-22: CVE-1');
  assert.is(revocationText(REVOKED, 'app@2'), 'as web@7, by alice@b on 2026-11-22: CVE-1');
});

test.run();
