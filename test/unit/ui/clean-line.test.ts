import * as fc from 'fast-check';
import * as assert from 'uvu/assert';
import { cleanLine, redrawings } from '../../../src/ui/clean-line.ts';
import { suite } from '../../support/suite.ts';

const test = suite('clean line');

test('colours and cursor movements go, the text stays', () => {
  assert.is(cleanLine('\u001b[1;31mred\u001b[0m and \u001b[2Kgone\u001b[10;20H'), 'red and gone');
});

test('a window title, a link and a clipboard write go with their contents', () => {
  assert.is(cleanLine('a\u001b]0;evil title\u0007b'), 'ab');
  assert.is(cleanLine('see \u001b]8;;http://evil.test/\u001b\\here\u001b]8;;\u001b\\'), 'see here');
  assert.is(cleanLine('\u001b]52;c;ZXZpbA==\u0007x'), 'x');
  assert.is(cleanLine('\u001bP1$r0m\u001b\\x'), 'x');
});

test('the eight-bit forms of the same codes go too', () => {
  assert.is(cleanLine('a\u009b31mb\u009d0;title\u009cc'), 'abc');
});

test('a code that never ends leaves its text to be seen', () => {
  assert.is(cleanLine('\u001b]0;the rest of the line'), '0;the rest of the line');
});

test('of a progress bar the last drawing is shown, and all of them are known', () => {
  assert.is(cleanLine('10 %\r50 %\r100 %\r'), '100 %');
  assert.equal(redrawings('10 %\r50 %\r'), ['10 %', '50 %']);
});

test('characters that turn the direction of the text go', () => {
  assert.is(cleanLine('user\u202etxt.exe\u2066'), 'usertxt.exe');
});

test('whatever comes in, no control character comes out', async () => {
  const nasty = fc.constantFrom(
    '\u001b',
    '[',
    ']',
    '\u0007',
    '\\',
    '\u009b',
    ';',
    '0',
    'm',
    '\r',
    '\n',
    '\u0000',
    'ä',
    '日',
  );
  await fc.assert(
    fc.property(
      fc.array(nasty, { maxLength: 40 }),
      (characters) => !/\p{Cc}/u.test(cleanLine(characters.join(''))),
    ),
    { numRuns: 2000 },
  );
});

test.run();
