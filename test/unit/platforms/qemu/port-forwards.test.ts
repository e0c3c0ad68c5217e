import * as assert from 'uvu/assert';
import { addForward, readForwards, removeForward } from '../../../../src/platforms/qemu/port-forwards.ts';
import type { Qmp } from '../../../../src/platforms/qemu/qmp.ts';
import { rejects } from '../../../support/rejects.ts';
import { suite } from '../../../support/suite.ts';

const test = suite('forwarded ports');
const { signal } = new AbortController();

/** As QEMU 7.2 says it. */
const USERNET = `Hub -1 (net0):
  Protocol[State]    FD  Source Address  Port   Dest. Address  Port RecvQ SendQ
  TCP[ESTABLISHED]   21       10.0.2.15    22       127.0.0.1 40000     0     0
  TCP[HOST_FORWARD]  14       127.0.0.1 37527       10.0.2.15    22     0     0
  TCP[HOST_FORWARD]  15               *  8080       10.0.2.15    80     0     0
  UDP[HOST_FORWARD]  16               *    53       10.0.2.15    53     0     0
`;

/** A monitor that says these things, one after another. */
function monitor(...says: string[]) {
  const lines: string[] = [];
  const human = async (line: string) => {
    lines.push(line);
    return says.shift() ?? '';
  };
  return { lines, qmp: { human } as unknown as Qmp };
}

test('are read from what QEMU says', () => {
  assert.equal(readForwards(USERNET), [
    { host: '127.0.0.1', hostPort: 37527, port: 22, protocol: 'tcp' },
    { hostPort: 8080, port: 80, protocol: 'tcp' },
    { hostPort: 53, port: 53, protocol: 'udp' },
  ]);
});

test('are bound and freed by a line each; for port 0 QEMU says which it has bound', async () => {
  const bound = monitor('');
  assert.is(await addForward(bound.qmp, { hostPort: 8080, port: 80, protocol: 'tcp' }, { signal }), 8080);
  await removeForward(bound.qmp, { host: '10.1.2.3', hostPort: 53, port: 53, protocol: 'udp' }, { signal });
  assert.equal(bound.lines, ['hostfwd_add net0 tcp::8080-:80', 'hostfwd_remove net0 udp:10.1.2.3:53']);
  const free = monitor('', '', USERNET);
  const any = { host: '127.0.0.1', hostPort: 0, port: 22, protocol: 'tcp' } as const;
  assert.is(await addForward(free.qmp, any, { signal }), 37527);
});

test('what QEMU cannot bind is taken, and no address but IPv4 reaches its monitor', async () => {
  const { qmp } = monitor("Could not set up host forwarding rule 'tcp::80-:80'\r\n");
  await rejects(addForward(qmp, { hostPort: 80, port: 80, protocol: 'tcp' }, { signal }), {
    code: 'PORT_TAKEN',
  });
  const odd = monitor('');
  for (const host of ['::1', 'localhost', '1.2.3.4:80 x']) {
    const forward = { host, hostPort: 80, port: 80, protocol: 'tcp' } as const;
    await rejects(addForward(odd.qmp, forward, { signal }), { code: 'CONFIG_INVALID' });
  }
  assert.equal(odd.lines, []);
});

test.run();
