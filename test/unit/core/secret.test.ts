import { format, inspect } from 'node:util';
import { serialize } from 'node:v8';
import * as assert from 'uvu/assert';
import { concealedUntilDisposed, redact } from '../../../src/core/redaction.ts';
import { Secret } from '../../../src/core/secret.ts';
import { suite } from '../../support/suite.ts';

const test = suite('secret');

test('a secret cannot be printed, joined, serialised or looked into', () => {
  using _ = concealedUntilDisposed();
  const secret = new Secret('hunter22');
  const holder = { list: [secret], map: new Map([['a', secret]]), error: new Error(`${secret}`) };
  const said = [
    `${secret}`,
    String(secret),
    `a${secret}`,
    ['x', secret].join(),
    JSON.stringify(holder),
    inspect(holder, { depth: 9, showHidden: true, getters: true }),
    format('%s %o %O %j', secret, secret, secret, secret),
    JSON.stringify(Object.getOwnPropertyNames(secret)),
    JSON.stringify({ ...secret }),
    serialize({ ...secret }).toString('latin1'),
    inspect(structuredClone({ ...secret })),
  ];
  for (const text of said) assert.not.match(text, 'hunter22');
  assert.is(secret.reveal(), 'hunter22');
});

test('from its making on its text is taken out of what this process says', () => {
  using _ = concealedUntilDisposed();
  assert.is(redact('made-just-now'), 'made-just-now');
  new Secret('made-just-now');
  assert.is(redact('it is made-just-now.'), 'it is [secret].');
});

test.run();
