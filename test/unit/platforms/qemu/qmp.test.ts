import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { connectQmp } from '../../../../src/platforms/qemu/qmp.ts';
import { rejects } from '../../../support/rejects.ts';
import { suite } from '../../../support/suite.ts';
import { temporaryFolder } from '../../temporary-folder.ts';
import { type Asked, monitor, send } from './fake-monitor.ts';

const test = suite('QMP');

test('answers go to who asked, whatever comes first; the socket’s path may be long', async ({ signal }) => {
  await using folder = await temporaryFolder();
  const held: Asked[] = [];
  await using tried = await monitor(join(folder.path, 'x'.repeat(150)), (asked, socket) => {
    held.push(asked);
    if (held.length < 2) return;
    send(socket, { event: 'RESUME', data: { a: 1 }, timestamp: {} });
    for (const { id, execute } of held.reverse()) send(socket, { return: execute, id });
  });
  const qmp = await connectQmp(tried.file, { signal });
  const event = qmp.next(({ event }) => event === 'RESUME', { signal });
  const both = await Promise.all([qmp.execute('one', {}, { signal }), qmp.execute('two', {}, { signal })]);
  assert.equal(both, ['one', 'two']);
  assert.equal(await event, { event: 'RESUME', data: { a: 1 } });
  qmp.close();
  await qmp.ended;
});

test('a refusal is told in QEMU’s words; no answer, a QEMU that ends and an abort end what waits', async ({
  signal,
}) => {
  await using folder = await temporaryFolder();
  await using tried = await monitor(folder.path, ({ execute, id }, socket) => {
    if (execute === 'refuse') send(socket, { error: { class: 'GenericError', desc: 'no such node' }, id });
    if (execute === 'end') socket.destroy();
  });
  const qmp = await connectQmp(tried.file, { signal });
  const refused = await rejects(qmp.execute('refuse', {}, { signal }), { code: 'QEMU_FAILED' });
  assert.match(refused.message, 'no such node');
  await rejects(qmp.execute('silent', {}, { signal, deadline: 20 }), { code: 'QEMU_FAILED' });
  const controller = new AbortController();
  const aborted = rejects(qmp.execute('silent', {}, { signal: controller.signal }), /enough/);
  controller.abort(new Error('enough'));
  await aborted;
  const waiting = rejects(
    qmp.next(() => true, { signal }),
    { code: 'MACHINE_LOST' },
  );
  await rejects(qmp.execute('end', {}, { signal }), { code: 'MACHINE_LOST' });
  await waiting;
  assert.is(qmp.isOpen(), false);
  await rejects(qmp.execute('again', {}, { signal }), { code: 'MACHINE_LOST' });
});

test('nobody who listens, and nobody who speaks, is told', async ({ signal }) => {
  await using folder = await temporaryFolder();
  await rejects(connectQmp(join(folder.path, 'qmp.sock'), { signal }), { code: 'MACHINE_LOST' });
  await using tried = await monitor(folder.path, () => {}, { greets: false });
  await rejects(connectQmp(tried.file, { signal, deadline: 30 }), { code: 'QEMU_FAILED' });
});

test.run();
