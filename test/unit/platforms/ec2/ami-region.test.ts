import * as assert from 'uvu/assert';
import { Scope } from '../../../../src/core/scope.ts';
import { allPages } from '../../../../src/platforms/ec2/all-pages.ts';
import { amiRegions } from '../../../../src/platforms/ec2/ami-region.ts';
import { copyAmi } from '../../../../src/platforms/ec2/copy-ami.ts';
import { deprecateAmi } from '../../../../src/platforms/ec2/deprecate-ami.ts';
import { fakeAws, noAnswer, refusal } from '../../../support/fake-aws.ts';
import { rejects } from '../../../support/rejects.ts';
import { suite } from '../../../support/suite.ts';
import { WatchedScope } from '../../../support/watched-scope.ts';

const test = suite('AMIs of a region, as a fake of ours answers');
const AT_ONCE = { first: 1, longest: 1, within: 2000 };
const QUICK = { copied: AT_ONCE, taken: AT_ONCE, tell: 60_000 };

const SOURCE = {
  id: 'ami-1',
  region: 'eu-central-1',
  name: 'kiln/web/x',
  description: '',
  state: 'available',
  snapshots: ['snap-1'],
  tags: {},
} as const;
const SPEC = { source: SOURCE, run: 'run', tags: {} };

test('one that is deprecated is found, which AWS shows others than its owner only when it is asked to', async ({
  signal,
}) => {
  const image = { ImageId: 'ami-1', State: 'available' };
  const { aws } = fakeAws({
    DescribeImages: ({ IncludeDeprecated }) => ({ Images: IncludeDeprecated === true ? [image] : [] }),
  });
  assert.is((await amiRegions()(aws).find('ami-1', signal))?.state, 'available');
});

test('snapshots that AWS made for an AMI which does not name them yet go with it, if they are tagged', async ({
  signal,
}) => {
  const Tags = [{ Key: 'kiln.bake', Value: 'run' }];
  const described = new Map([
    ['snap-1', 'Created by CreateImage(i-1) for ami-1'],
    ['snap-2', 'Created by CreateImage(i-1) for ami-1 from vol-1'],
    ['snap-3', 'Copied for DestinationAmi ami-1 from SourceAmi ami-0'],
    ['snap-4', 'Created by CreateImage(i-1) for ami-12 from vol-1'],
    ['snap-5', 'mine'],
    ['snap-6', 'Created by CreateImage(i-1) for ami-1 from vol-2'],
  ]);
  const { aws, sent } = fakeAws({
    DescribeImages: () => ({ Images: [{ ImageId: 'ami-1', State: 'pending', Tags }] }),
    DescribeSnapshots({ Filters }) {
      const [{ Name, Values }] = Filters as [{ Name: string; Values: string[] }];
      const fits = (text: string) => Values.some((value) => wildcard(value).test(text));
      const found = Name === 'description' ? [...described].filter(([, text]) => fits(text)) : [];
      return {
        Snapshots: found.map(([id]) => ({ SnapshotId: id, ...(id === 'snap-6' ? {} : { Tags }) })),
      };
    },
  });
  await amiRegions()(aws).remove({ id: 'ami-1', snapshots: [] }, signal);
  const deleted = sent.flatMap(([name, input]) => (name === 'DeleteSnapshot' ? [input['SnapshotId']] : []));
  assert.equal(deleted, ['snap-1', 'snap-2', 'snap-3']);
});

/** A filter's value as AWS reads it. */
function wildcard(value: string): RegExp {
  return new RegExp(`^${value.replace(/[.()]/g, '\\$&').replaceAll('*', '.*')}$`);
}

test('a copy that AWS gives up is told with its reason', async ({ signal }) => {
  const { aws } = fakeAws({
    CopyImage: () => ({ ImageId: 'ami-2' }),
    DescribeImages: () => ({
      Images: [{ ImageId: 'ami-2', State: 'failed', StateReason: { Message: 'KMS key is not accessible' } }],
    }),
  });
  const told: string[] = [];
  const scope = new WatchedScope(told);
  const copying = copyAmi(aws, SPEC, scope, signal, QUICK);
  const fault = await rejects(copying, { code: 'CLOUD_FAILED' });
  assert.is(fault.message, 'the copy ami-2 in eu-west-1 is failed: KMS key is not accessible');
  assert.equal(told, ['intend cloud ', 'intend ami ami-2']);
});

test('a copy that was made without an answer is removed once AWS lists it', async ({ signal }) => {
  const removed: unknown[] = [];
  let asked = 0;
  const image = { ImageId: 'ami-2', Name: SOURCE.name, State: 'pending' };
  const [ours, others] = ['run', 'another'].map((Value) => [{ Key: 'kiln.bake', Value }]);
  const { aws } = fakeAws({
    CopyImage() {
      throw noAnswer();
    },
    DescribeImages: () => ({
      Images: [
        { ...image, ImageId: 'ami-3', Tags: others },
        ...(++asked < 3 ? [] : [{ ...image, Tags: ours }]),
      ],
    }),
    DeregisterImage: ({ ImageId }) => removed.push(ImageId),
  });
  const scope = new Scope();
  await rejects(copyAmi(aws, SPEC, scope, signal, QUICK), { code: 'CLOUD_UNREACHABLE' });
  assert.equal(await scope.close(), [{ label: 'copy of ami-1 in eu-west-1', state: 'removed' }]);
  assert.equal(removed, ['ami-2']);
});

test('a copy has no tags that only AWS may set', async ({ signal }) => {
  const { aws, sent } = fakeAws({
    CopyImage: () => ({ ImageId: 'ami-2' }),
    DescribeImages: () => ({ Images: [{ ImageId: 'ami-2', State: 'available' }] }),
  });
  const tags = { team: 'blue', 'kiln.bake': 'of the source', 'aws:backup:source-resource': 'x' };
  const copy = await copyAmi(aws, { ...SPEC, tags }, new Scope(), signal, QUICK);
  assert.equal(copy.tags, { team: 'blue', 'kiln.bake': 'run' });
  assert.ok(sent.some(([name]) => name === 'CopyImage'));
  assert.not.match(JSON.stringify(sent), 'aws:');
});

test('a copy that is not listed yet is waited for', async ({ signal }) => {
  let asked = 0;
  const image = { ImageId: 'ami-2', State: 'available', Name: 'kiln/web/x' };
  const { aws } = fakeAws({
    CopyImage: () => ({ ImageId: 'ami-2' }),
    DescribeImages: () => ({ Images: ++asked < 3 ? [] : [image] }),
  });
  assert.is((await copyAmi(aws, SPEC, new Scope(), signal, QUICK)).state, 'available');
});

test('where a region takes no more copies for long, that is told', async ({ signal }) => {
  const { aws, sent } = fakeAws({
    CopyImage() {
      throw refusal('ResourceLimitExceeded');
    },
  });
  const taken = { first: 1, longest: 1, within: 20 };
  const fault = await rejects(copyAmi(aws, SPEC, new Scope(), signal, { ...QUICK, taken }), {
    code: 'TIMEOUT',
  });
  assert.match(
    fault.message,
    /eu-west-1 has fewer than 20 copies at work, and takes that of ami-1: not within/,
  );
  assert.ok(sent.length > 1);
});

test('a region that takes no copy now is told at once with AWS’s reason, and now and then while it is waited for', async ({
  signal,
}) => {
  for (const [tell, times] of [
    [60_000, 1],
    [0, 4],
  ] as const) {
    let tries = 0;
    const { aws } = fakeAws({
      CopyImage() {
        if (++tries < 5) throw refusal('ResourceLimitExceeded');
        return { ImageId: 'ami-2' };
      },
      DescribeImages: () => ({ Images: [{ ImageId: 'ami-2', State: 'available' }] }),
    });
    const notes: string[] = [];
    const note = (message: string) => void notes.push(message);
    await copyAmi(aws, { ...SPEC, note }, new Scope(), signal, { ...QUICK, tell });
    assert.is(notes.length, times);
    assert.is(
      notes[0],
      'eu-west-1 takes no copy of ami-1, so it is asked again: ResourceLimitExceeded, says AWS',
    );
  }
});

test('no more snapshots are copied to a region at once than AWS takes, by images of one process', async ({
  signal,
}) => {
  let at = 0;
  let most = 0;
  const images: { ImageId: string; State: string }[] = [];
  const { aws } = fakeAws({
    CopyImage() {
      most = Math.max(most, ++at);
      images.push({ ImageId: `ami-${images.length + 10}`, State: 'available' });
      return { ImageId: images.at(-1)?.ImageId };
    },
    DescribeImages: () => ({ Images: images }),
    CreateTags() {
      at--;
      return {};
    },
  });
  const region = amiRegions()(aws);
  const two = { ...SPEC, source: { ...SOURCE, snapshots: ['snap-1', 'snap-2'] } };
  await Promise.all(Array.from({ length: 30 }, () => region.copy(two, new Scope(), signal)));
  assert.is(images.length, 30);
  assert.is(most, 10);
});

const NOW = Date.parse('2026-11-26T12:00:30Z');
const ami = (deprecated?: string) =>
  ({ id: 'ami-1', ...(deprecated === undefined ? {} : { deprecated }) }) as const;

for (const [what, present, wanted, sets] of [
  ['is new', undefined, '2026-12-24T10:11:12Z', '2026-12-24T10:11:00.000Z'],
  ['is as it was', '2026-12-24T10:11:00.000Z', '2026-12-24T10:11:12Z', undefined],
  ['is another', '2026-12-24T10:11:00.000Z', '2027-01-01T00:00:00Z', '2027-01-01T00:00:00.000Z'],
  ['has passed is as soon as AWS takes it', undefined, '2026-11-01T00:00:00Z', '2026-11-26T12:11:00.000Z'],
  ['has passed, of one that is deprecated', '2026-11-02T00:00:00Z', '2026-11-01T00:00:00Z', undefined],
  [
    'has passed, of one that would be later',
    '2026-12-02T00:00:00Z',
    '2026-11-01T00:00:00Z',
    '2026-11-26T12:11:00.000Z',
  ],
] as const) {
  test(`a time of deprecation that ${what}`, async ({ signal }) => {
    const { aws, sent } = fakeAws({});
    const isNew = await deprecateAmi(aws, ami(present), new Date(wanted), signal, NOW);
    const asked = sent.map(([name, { DeprecateAt }]) => [name, (DeprecateAt as Date).toISOString()]);
    assert.equal(
      [isNew, asked],
      sets === undefined ? [false, []] : [true, [['EnableImageDeprecation', sets]]],
    );
  });
}

test('a list goes on to its last page, whose token may be empty', async () => {
  const pages = [
    { items: [1, 2], next: 'b' },
    { items: [], next: 'c' },
    { items: [3], next: '' },
  ];
  const tokens: (string | undefined)[] = [];
  const all = await allPages(async (token) => {
    tokens.push(token);
    const page = pages[tokens.length - 1];
    if (page === undefined) throw new Error('there is no other page');
    return page;
  });
  assert.equal(
    [all, tokens],
    [
      [1, 2, 3],
      [undefined, 'b', 'c'],
    ],
  );
});

test.run();
