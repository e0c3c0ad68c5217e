import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as assert from 'uvu/assert';
import { callerRange } from '../../../../src/platforms/ec2/caller-address.ts';
import { rejects } from '../../../support/rejects.ts';
import { suite } from '../../../support/suite.ts';

const test = suite('the address of who bakes');

async function answering(status: number, text: string): Promise<{ readonly url: string } & AsyncDisposable> {
  const server = createServer((_request, response) => response.writeHead(status).end(text));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    async [Symbol.asyncDispose]() {
      server.close();
      await once(server, 'close');
    },
  };
}

test('it is a range of the one address that is answered', async ({ signal }) => {
  await using service = await answering(200, '203.0.113.7\n');
  assert.is(await callerRange(signal, service.url), '203.0.113.7/32');
});

test('what is no address opens nothing, and the fault says what to write', async ({ signal }) => {
  for (const [status, text] of [
    [200, '0.0.0.0/0'],
    [200, '<html>'],
    [503, '203.0.113.7'],
  ] as const) {
    await using service = await answering(status, text);
    const fault = await rejects(callerRange(signal, service.url), { code: 'CLOUD_UNREACHABLE' });
    assert.match(fault.hint ?? '', 'from: 203.0.113.7/32');
  }
});

test.run();
