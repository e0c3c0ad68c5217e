import * as assert from 'uvu/assert';
import type { Problem } from '../../../src/config/problem.ts';
import { renderProblem } from '../../../src/config/render-problem.ts';
import { suite } from '../../support/suite.ts';

const test = suite('rendered problems');

const problem: Problem = {
  code: 'unknown-key',
  file: 'templates/web.yaml',
  line: 4,
  column: 1,
  message: 'unknown key `convrge`',
  excerpt: 'convrge:',
  hint: 'did you mean `converge`?',
};

test('a caret stands under the column, with the hint beside it', () => {
  assert.equal(renderProblem(problem), [
    'templates/web.yaml:4:1  unknown key `convrge`',
    '    4 | convrge:',
    '      | ^ did you mean `converge`?',
  ]);
});

test('the caret moves with the column', () => {
  assert.equal(renderProblem({ ...problem, line: 120, column: 5, excerpt: '    convrge:' }).slice(1), [
    '  120 |     convrge:',
    '      |     ^ did you mean `converge`?',
  ]);
});

test('without a hint there is only the caret, and without a line there is only the message', () => {
  const { hint: _, ...bare } = problem;
  assert.is(renderProblem(bare)[2], '      | ^');
  assert.equal(renderProblem({ ...bare, excerpt: '' }), ['templates/web.yaml:4:1  unknown key `convrge`']);
  assert.is(renderProblem({ ...problem, excerpt: '' })[1], '      | did you mean `converge`?');
});

test('of a long line the part around the column is shown', () => {
  const excerpt = `${'a'.repeat(5000)}here${'b'.repeat(5000)}`;
  const [, line = '', caret = ''] = renderProblem({ ...problem, column: 5001, excerpt });
  assert.ok(line.length < 120);
  assert.is(line.slice(caret.indexOf('^'), caret.indexOf('^') + 4), 'here');
});

test('no control character of a file reaches the terminal, and columns stay', () => {
  const excerpt = 'a\u001b[2Jb\u202e\tx: 1';
  const [head = '', line = '', caret = ''] = renderProblem({
    ...problem,
    file: 'templates/\u001b.yaml',
    column: 9,
    excerpt,
  });
  assert.is(head.includes('\u001b'), false);
  assert.is(line, '    4 | a\u{fffd}[2Jb\u{fffd} x: 1');
  assert.is(line[caret.indexOf('^')], 'x');
});

test.run();
