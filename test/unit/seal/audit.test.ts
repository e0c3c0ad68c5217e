import * as assert from 'uvu/assert';
import { Fault } from '../../../src/core/fault.ts';
import { assertSealed, auditSealed } from '../../../src/seal/audit.ts';
import { suite } from '../../support/suite.ts';
import { file, folder } from '../tree/sample-tree.ts';

const test = suite('audit of a sealed tree');
const MARK = '3h2k9x4p-7qf0m2';
const IDENTITY = `AGE-SECRET-KEY-1${'QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L'.repeat(2).slice(0, 58)}`;

/** What is found in one file whose content comes in pieces of this size. */
function foundIn(content: string, pieceSize: number): string[] {
  const audit = auditSealed([MARK]);
  const bytes = Buffer.from(content);
  for (let at = 0; at < bytes.length; at += pieceSize)
    audit.content('etc/x', bytes.subarray(at, at + pieceSize));
  return audit.findings().map(({ what }) => what);
}

test('each thing that no image may carry is found by its path', () => {
  const forbidden: [path: string, what: string][] = [
    ['usr/sbin/policy-rc.d', 'a service blocker left by the bake'],
    ['etc/machine-id', 'a machine id'],
    ['var/lib/dbus/machine-id', 'a machine id'],
    ['etc/ssh/ssh_host_ed25519_key', 'an SSH host key'],
    ['etc/ssh/ssh_host_rsa_key.pub', 'an SSH host key'],
    ['home/ann/.ssh/authorized_keys', 'authorised keys'],
    ['var/log/nginx/error.log', 'a log with content'],
    ['root/.bash_history', 'a shell history'],
    ['var/tmp/x', 'a temporary file'],
    ['tmp/x', 'a temporary file'],
    ['var/lib/systemd/random-seed', 'a random seed'],
    ['run/kiln/bundle/x', "a file of the bake's own"],
    ['.dockerenv', "a file of the bake's own"],
  ];
  for (const [path, what] of forbidden) {
    const audit = auditSealed([]);
    audit.member(file(path, 'content'));
    assert.equal(audit.findings(), [{ path, what }]);
  }
});

test('what only looks like it, or is empty, is not found', () => {
  const audit = auditSealed([MARK]);
  const innocent = [
    'etc/ssh/sshd_config',
    'etc/machine-info',
    'srv/tmp/x',
    'usr/share/history',
    'var/logs/x',
  ];
  for (const path of innocent) audit.member(file(path, 'content'));
  for (const path of ['etc/machine-id', 'var/log/syslog', 'root/.ssh/authorized_keys'])
    audit.member(file(path));
  for (const path of ['tmp', 'var/tmp', 'var/log']) audit.member(folder(path));
  audit.content('etc/x', Buffer.from(`${MARK.slice(0, -1)} ${IDENTITY.slice(0, 40)} AGE-SECRET-KEY-1...`));
  assert.equal(audit.findings(), []);
  assertSealed(audit);
});

test('a text of the bake and an age identity are found, wherever the pieces of a file are cut', () => {
  for (const pieceSize of [1, 7, 16, 64, 100, 1000]) {
    const content = `${'.'.repeat(90)}${MARK}${'.'.repeat(95)}${IDENTITY}${'.'.repeat(50)}`;
    assert.equal(
      foundIn(content, pieceSize).sort(),
      ['an age identity', `the text "${MARK}" of the bake`],
      `${pieceSize}`,
    );
  }
});

test('an age identity is found behind mere mentions of one', () => {
  const content = `keys look like AGE-SECRET-KEY-1... or AGE-SECRET-KEY-1XXX\n${IDENTITY}\n`;
  for (const pieceSize of [10, 50, 1000]) assert.equal(foundIn(content, pieceSize), ['an age identity']);
});

test('texts are not put together from two files', () => {
  const audit = auditSealed([MARK]);
  audit.content('a', Buffer.from(MARK.slice(0, 8)));
  audit.content('b', Buffer.from(MARK.slice(8)));
  assert.equal(audit.findings(), []);
});

test('all findings are named in one SEAL_INCOMPLETE, each once', () => {
  const audit = auditSealed([MARK]);
  audit.member(file('tmp/x', 'x'));
  audit.content('etc/x', Buffer.from(`${MARK} ${MARK}`));
  audit.content('etc/x', Buffer.from(MARK));
  let fault: unknown;
  try {
    assertSealed(audit);
  } catch (error) {
    fault = error;
  }
  assert.instance(fault, Fault);
  const { code, exitCode, message, details } = fault as Fault;
  assert.equal([code, exitCode], ['SEAL_INCOMPLETE', 1]);
  assert.match(message, '2 things');
  assert.equal(details, ['/tmp/x: a temporary file', `/etc/x: the text "${MARK}" of the bake`]);
});

test.run();
