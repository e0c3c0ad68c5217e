import { networkInterfaces } from 'node:os';
import * as assert from 'uvu/assert';
import { sourceRange } from '../../../../src/platforms/ec2/source-address.ts';
import { rejects } from '../../../support/rejects.ts';
import { suite } from '../../../support/suite.ts';

const test = suite('the address that this host connects from');

test('it is one of this host, that of the way to the network', async ({ signal }) => {
  assert.is(await sourceRange('127.0.0.0/24', signal), '127.0.0.1/32');
  const own = Object.values(networkInterfaces()).flatMap((all = []) => all);
  for (const { cidr, family } of own)
    if (family === 'IPv4' && cidr !== null) {
      const range = await sourceRange(cidr, signal);
      assert.ok(
        own.some(({ address }) => range === `${address}/32`),
        `${range} for ${cidr}`,
      );
    }
});

test('where there is no way, that is told with what else there is', async ({ signal }) => {
  // A socket that may not broadcast cannot be connected to this one.
  const fault = await rejects(sourceRange('255.255.255.251/32', signal), { code: 'CLOUD_UNREACHABLE' });
  assert.match(fault.message, /this host has no way to 255\.255\.255\.251\/32/);
});

test.run();
