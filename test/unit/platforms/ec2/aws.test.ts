import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { DescribeRegionsCommand, EC2Client } from '@aws-sdk/client-ec2';
import * as assert from 'uvu/assert';
import { connectAws } from '../../../../src/platforms/ec2/aws.ts';
import { rejects } from '../../../support/rejects.ts';
import { suite } from '../../../support/suite.ts';

const test = suite('a connection to AWS');

test('an AWS that takes a request and never answers is given up', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const { settings } = await connectAws('eu-west-1');
  // The same settings, a thousand times as impatient once it is connected.
  const { socketTimeout, connectionTimeout } = settings.requestHandler;
  const ec2 = new EC2Client({
    ...settings,
    maxAttempts: 1,
    requestHandler: { connectionTimeout, socketTimeout: socketTimeout / 1000 },
    endpoint: `http://127.0.0.1:${port}`,
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
  });
  try {
    const error = await rejects(ec2.send(new DescribeRegionsCommand({})), /timed out/);
    assert.is(error.name, 'TimeoutError');
  } finally {
    ec2.destroy();
    server.close();
  }
});

test.run();
