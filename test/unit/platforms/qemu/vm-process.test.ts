import * as assert from 'uvu/assert';
import { isProcessOf, isQemuOf } from '../../../../src/platforms/qemu/vm-process.ts';
import { suite } from '../../../support/suite.ts';

const test = suite('whose process a QEMU is');

test('it is the folder’s whose file it writes its id to, and no other program that names that file', () => {
  const of = (...words: string[]) => isQemuOf('/vm/a', words);
  assert.ok(of('qemu-system-x86_64', '-daemonize', '-pidfile', '/vm/a/pid', '-m', '1024'));
  assert.ok(of('/usr/bin/qemu-system-x86_64', '-pidfile', '/vm/a/pid'));
  assert.not(of('qemu-system-x86_64', '-pidfile', '/vm/ab/pid'));
  assert.not(of('qemu-system-x86_64', '/vm/a/pid'));
  assert.not(of('tail', '-f', '/vm/a/pid'));
  assert.not(of('vi', '-pidfile', '/vm/a/pid'));
  assert.not(of(''));
});

test('a process that is none, or gone, is nobody’s', () => {
  assert.not(isProcessOf('/vm/a', process.pid));
  assert.not(isProcessOf('/vm/a', 2 ** 22 + 1));
});

test.run();
