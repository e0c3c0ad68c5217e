import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { escapeMarkup } from '../../../../src/ui/markup.ts';
import { nightlyHtml } from '../../../../src/ui/nightly/html.ts';
import { nightlyJunit } from '../../../../src/ui/nightly/junit.ts';
import { nightlyMarkdown } from '../../../../src/ui/nightly/markdown.ts';
import { nightlyLines } from '../../../../src/ui/nightly/nightly-lines.ts';
import { suite } from '../../../support/suite.ts';
import { parseXml } from './parse-xml.ts';
import { NIGHT } from './sample-night.ts';

const test = suite('reports of a night');

test('on a terminal: each template, what changed and why, and all together', () => {
  assert.equal(nightlyLines(NIGHT), [
    '- api   skipped',
    '    its base hard failed',
    '= app   unchanged  app@4  22.0 s',
    '    the same as app@4, which is confirmed',
    '✗ hard  failed     3.2 s',
    '    hard: <script>alert("x")</script> failed & `more`',
    '✔ new   published  new@1  1.0 kB  41.0 s',
    '    the first image',
    '✔ web   published  web@8  279 MB (+3)  41.2 s',
    '    since web@7: 2 packages upgraded · 1 service added',
    '    because: base, bundle',
    '2 published, 1 unchanged, 1 failed, 1 skipped in 1 min 40 s (1 min 47 s of baking, up to 2 at once)',
    '✔ dev  web@8  sha256:ab12ab12ab12…  newest, web@7 before',
    '  web-1  launched  4.0 s',
    'pruned: web@1, app@1',
    'not all of it is removed yet: web@2',
  ]);
  assert.equal(
    nightlyLines({ ...NIGHT, templates: [], ms: 0 })[0],
    'no template in 0.0 s (0.0 s of baking, up to 2 at once)',
  );
});

test('Markdown: a table, failures in fences that nothing in them ends, no HTML of others', () => {
  const text = nightlyMarkdown(NIGHT);
  assert.match(text, '# Nightly rebuild of 2026-11-26, shard 1 of 3');
  assert.match(
    text,
    '| web | published | web@8 `ab12ab12ab12` | 279 MB | 41.2 s | since web@7: 2 packages upgraded · 1 service added<br>because: base, bundle |',
  );
  assert.match(
    text,
    '| hard | **failed** |  |  | 3.2 s | hard: &lt;script>alert("x")&lt;/script> failed &amp; \\`more\\` |',
  );
  assert.match(text, '\n````\nCONVERGE_FAILED: hard: <script>');
  assert.match(text, '\n    ```\n    ]]> </failure>\nhint: Look into the log.\nlog: /l/3.log\n````\n');
  assert.match(text, '- **new@1 failed**: new-1 is not healthy');
  assert.not.match(text, '\u001b');
});

test('HTML: one page that loads nothing, in which the text of others is text', () => {
  const page = nightlyHtml(NIGHT);
  assert.match(
    page,
    '<title>Nightly rebuild of 2026-11-26, shard 1 of 3: 2 published, 1 unchanged, 1 failed, 1 skipped</title>',
  );
  assert.match(page, 'hard: &lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt; failed &amp; `more`');
  assert.not.match(page, '<script');
  assert.not.match(page, /\b(src|href)="(?!#)/);
  assert.not.match(page, /@import|url\(/);
  // a browser takes more than XML; that each tag is closed is what both want
  const body = page.slice(page.indexOf('<body>'), page.indexOf('</body>') + 7).replaceAll('<br>', '<br/>');
  assert.is(parseXml(body).name, 'body');
});

test('JUnit: a case for each template and each launched image, with counts that are right', () => {
  const root = parseXml(nightlyJunit(NIGHT));
  assert.equal(
    [root.name, root.attributes['tests'], root.attributes['failures'], root.attributes['skipped']],
    ['testsuites', '7', '2', '1'],
  );
  const [nightSuite] = root.children;
  assert.equal(nightSuite?.attributes, {
    name: 'bake nightly',
    tests: '7',
    failures: '2',
    errors: '0',
    skipped: '1',
    time: '100.000',
    timestamp: '2026-11-26T02:30:00',
  });
  const cases = nightSuite?.children ?? [];
  assert.equal(
    cases.map(
      ({ attributes, children }) =>
        `${attributes['classname']}/${attributes['name']} ${children.map(({ name }) => name)}`,
    ),
    [
      'template/api skipped',
      'template/app system-out',
      'template/hard failure',
      'template/new system-out',
      'template/web system-out',
      'launch dev/web ',
      'launch dev/new failure',
    ],
  );
  const failure = cases[2]?.children[0];
  assert.is(failure?.attributes['message'], 'hard: <script>alert("x")</script> failed & `more`');
  assert.is(
    failure?.text,
    'E: | no *such* package\n```\n]]> </failure>\nhint: Look into the log.\nlog: /l/3.log',
  );
});

test('nothing was launched: every report says why', () => {
  const error = { code: 'ENGINE_UNREACHABLE', message: 'no engine answers', details: [] };
  const night = { ...NIGHT, launch: { environment: 'dev', images: [], error } };
  const pruned = { ...NIGHT, prune: { removed: [], pending: [], damaged: [], error } };
  for (const report of [nightlyMarkdown, nightlyHtml])
    assert.match(report(pruned), 'nothing was pruned: no engine answers');
  for (const report of [nightlyMarkdown, nightlyHtml, nightlyJunit])
    assert.match(report(night), 'no engine answers');
});

/** XML 1.0, 2.2. */
function isForXml(code: number): boolean {
  if (code < 0x20) return [0x9, 0xa, 0xd].includes(code);
  return code < 0xd800 || (code > 0xdfff && code !== 0xfffe && code !== 0xffff);
}

test('any text at all comes out of XML as it went in, less what XML has no place for', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const { attributes, text: inner } = parseXml(`<a b="${escapeMarkup(text)}">${escapeMarkup(text)}</a>`);
      const expected = [...text].map((one) => (isForXml(one.codePointAt(0) ?? 0) ? one : '�')).join('');
      assert.is(inner, expected);
      assert.is(attributes['b'], expected);
    }),
    { numRuns: 30 },
  );
});

test.run();
