import type { Image } from '@aws-sdk/client-ec2';
import * as assert from 'uvu/assert';
import type { Aws } from '../../../../src/platforms/ec2/aws.ts';
import { findVendorAmi, newestAmi } from '../../../../src/platforms/ec2/find-vendor-ami.ts';
import { fakeAws } from '../../../support/fake-aws.ts';
import { rejects } from '../../../support/rejects.ts';
import { suite } from '../../../support/suite.ts';

const test = suite('the AMI of a vendor');
const NOW = Date.parse('2026-11-26T00:00:00Z');

function image(id: string, more: Image = {}): Image {
  return {
    ImageId: id,
    State: 'available',
    RootDeviceType: 'ebs',
    CreationDate: '2026-01-01T00:00:00Z',
    ...more,
  };
}

/** An AWS that answers with these pages, one after another, and keeps what it was asked. */
function pagesOf(pages: readonly (readonly Image[])[]): { readonly aws: Aws; readonly tokens: unknown[] } {
  const tokens: unknown[] = [];
  const { aws } = fakeAws({
    DescribeImages({ NextToken }) {
      tokens.push(NextToken);
      const at = Number(NextToken ?? 0);
      return { Images: pages[at], ...(at + 1 < pages.length ? { NextToken: String(at + 1) } : {}) };
    },
  });
  return { aws, tokens };
}

test('it is the newest, whatever their order', () => {
  const newest = image('ami-new', { CreationDate: '2026-11-01T10:00:00.000Z' });
  const older = image('ami-old', { CreationDate: '2026-11-01T09:59:59.999Z' });
  assert.is(newestAmi([older, newest, image('ami-x')], NOW)?.ImageId, 'ami-new');
  assert.is(newestAmi([newest, older], NOW)?.ImageId, 'ami-new');
});

test('it is none that is deprecated by now, not available or not on EBS', () => {
  const later = { CreationDate: '2026-11-20T00:00:00Z' };
  const images = [
    image('ami-good'),
    image('ami-deprecated', { ...later, DeprecationTime: '2026-11-25T23:59:59Z' }),
    image('ami-pending', { ...later, State: 'pending' }),
    image('ami-store', { ...later, RootDeviceType: 'instance-store' }),
  ];
  assert.is(newestAmi(images, NOW)?.ImageId, 'ami-good');
  const soon = image('ami-soon', { ...later, DeprecationTime: '2026-11-26T00:00:01Z' });
  assert.is(newestAmi([...images, soon], NOW)?.ImageId, 'ami-soon');
});

test('all pages are read, and it is told with its disks', async ({ signal }) => {
  const disks = [
    { DeviceName: '/dev/sdb', VirtualName: 'ephemeral0' },
    { DeviceName: '/dev/xvda', Ebs: { VolumeSize: 8 } },
  ];
  const last = image('ami-last', {
    Name: 'debian-12-amd64-20261101',
    CreationDate: '2026-11-01T00:00:00Z',
    RootDeviceName: '/dev/xvda',
    BlockDeviceMappings: disks,
  });
  const { aws, tokens } = pagesOf([[image('ami-1')], [image('ami-2')], [last]]);
  const wanted = { owner: '136693071363', name: 'debian-12-*', architecture: 'x86_64' };
  assert.equal(await findVendorAmi(aws, wanted, signal), {
    id: 'ami-last',
    region: 'eu-west-1',
    name: 'debian-12-amd64-20261101',
    created: Date.parse('2026-11-01T00:00:00Z') / 1000,
    rootDevice: '/dev/xvda',
    disks: [{ device: '/dev/xvda', size: 8 }],
  });
  assert.equal(tokens, [undefined, '1', '2']);
  const fault = await rejects(findVendorAmi(pagesOf([[]]).aws, wanted, signal), { code: 'BASE_FAILED' });
  assert.match(fault.message, 'no AMI debian-12-* of 136693071363 for x86_64 in eu-west-1');
});

test.run();
