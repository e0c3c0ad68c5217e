import { execa } from 'execa';
import * as assert from 'uvu/assert';
import { programText, remoteCommand } from '../../../../src/platforms/ssh/remote-program.ts';
import { suite } from '../../../support/suite.ts';

const test = suite('a program for a login shell');
const MARK = 'kiln-2f1c';
const ODD = `'"$(id)\n\n\\ $2 \`x\`\n`;

for (const shell of ['bash', 'dash']) {
  test(`${shell} as the login shell runs it in an environment of its own`, async () => {
    const argv = [
      'sh',
      '-c',
      'printf "%s|" "$1" "$ODD" "$HOME" "$PWD"; cat; env -u ODD | cut -d= -f1 | sort',
      'sh',
      ODD,
    ];
    const text = programText({ argv, env: { ODD, n: '1' }, cwd: '/usr', stdin: true }, MARK);
    const { stdout, stderr } = await execa(shell, ['-c', remoteCommand(false)], {
      input: `${text}typed\n`,
      env: { HOME: '/home/some one', LEAKED: '1', SSH_CLIENT: '1.2.3.4 5 6', SHLVL: '2' },
    });
    assert.is(stdout, `${MARK} start\n${ODD}|${ODD}|/home/some one|/usr|typed\nHOME\nPATH\nPWD\nn`);
    assert.is(stderr, `${MARK} start\n${MARK} 0`);
  });
}

test('a script that is cut short runs nothing', async () => {
  const text = programText({ argv: ['echo', 'ran'], stdin: false }, MARK);
  const { stdout } = await execa('bash', ['-c', remoteCommand(false)], {
    input: text.slice(0, -1),
    reject: false,
  });
  assert.is(stdout, '');
});

test('a command that is the same for all holds no word of any', async () => {
  assert.ok(!remoteCommand(true).includes(MARK));
  assert.match(remoteCommand(true), /^exec sudo -n -- env -i /);
});

test('a variable that no shell can set is refused', () => {
  assert.throws(() => programText({ argv: ['true'], env: { 'a b': '1' }, stdin: false }, MARK), /called a b/);
});

test.run();
