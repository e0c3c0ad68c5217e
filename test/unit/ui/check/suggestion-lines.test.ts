import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import { suggestionLines } from '../../../../src/ui/check/suggestion-lines.ts';
import { suite } from '../../../support/suite.ts';

const test = suite('proposed checks as YAML');

const ABOUT = { image: 'web@7', base: 'debian-12', compared: true, leftOut: [] };

test('one line for each check, in two blanks, with what was left out', () => {
  const lines = suggestionLines({
    ...ABOUT,
    checks: {
      service: { nginx: { enabled: true, running: true } },
      port: { 'tcp:5432': { listening: true, ip: ['127.0.0.1'] } },
      user: { on: { exists: true, home: '/home/on', shell: '/bin/sh' } },
      group: {},
    },
    leftOut: [{ check: 'service prepare: running', why: 'false (inactive,\ndead)' }],
  });
  assert.equal(lines, [
    '  # what web@7 has beyond its base debian-12, as a fresh machine of it showed',
    '  service:',
    '    nginx: { enabled: true, running: true }',
    '  port:',
    '    "tcp:5432": { listening: true, ip: ["127.0.0.1"] }',
    '  user:',
    '    "on": { exists: true, home: /home/on, shell: /bin/sh }',
    '  # left out: service prepare: running (false (inactive,dead))',
  ]);
  assert.equal(suggestionLines({ ...ABOUT, compared: false, checks: { port: {} } }), [
    '  # what web@7 has, as a fresh machine of it showed',
    '  # nothing that is enabled, listened on or a user',
  ]);
});

test('whatever the names, it is read as what was proposed, by itself and under `checks:`', () => {
  const name = fc.oneof(
    fc.string(),
    fc.constantFrom('yes', 'null', '1', '-', '.', 'a: b', '# x', '~', '1e3'),
  );
  const attributes = fc.record(
    { exists: fc.constant(true), home: name, groups: fc.array(name) },
    { noNullPrototype: true },
  );
  fc.assert(
    fc.property(fc.dictionary(name, attributes, { minKeys: 1, noNullPrototype: true }), (user) => {
      const checks = { user };
      const text = suggestionLines({ ...ABOUT, checks }).join('\n');
      assert.equal(parse(text), checks);
      assert.equal(parse(`name: web\nchecks:\n${text}\nforms: [oci]\n`).checks, checks);
    }),
    { numRuns: 1000 },
  );
});

test.run();
