import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import type { Bake } from '../../../../src/app/bake.ts';
import { stepOrigins } from '../../../../src/app/checkpoints/checkpoint.ts';
import { compareOrigins, findCheckpoint } from '../../../../src/app/checkpoints/find-checkpoint.ts';
import type { BakePlan } from '../../../../src/app/plan-bake.ts';
import type { BundleFile } from '../../../../src/converge/bundle.ts';
import { digestOf } from '../../../../src/core/digest.ts';
import { rejects } from '../../../support/rejects.ts';
import { suite } from '../../../support/suite.ts';
import { puppetStep, shellStep } from '../../converge/steps.ts';
import { checkpointHome, sampleCheckpoint } from './sample-checkpoint.ts';

const test = suite('going on from a checkpoint');

const STEPS = [
  puppetStep('p/web.pp', { modules: ['p/modules/'] }),
  shellStep('s/two.sh', { creates: '/two' }),
];
const CONTENT = {
  'p/web.pp': 'a',
  'p/modules/nginx/init.pp': 'b',
  'p/modules-old/x.pp': 'c',
  's/two.sh': 'd',
};
const BASE = digestOf('base');

function bundleOf(changes: Readonly<Record<string, string>> = {}): { files: BundleFile[] } {
  const files = Object.entries({ ...CONTENT, ...changes });
  return {
    files: files.map(([path, text]) => ({ path, size: text.length, mode: 0o644, sha256: digestOf(text) })),
  };
}

const ORIGINS = stepOrigins(STEPS, bundleOf());
const NOW = { base: BASE, init: 'systemd', steps: ORIGINS } as const;

const CASES: readonly [
  name: string,
  now: Partial<Parameters<typeof compareOrigins>[1]>,
  refused: readonly string[],
  noted: readonly string[],
][] = [
  ['all is as it was', {}, [], []],
  ['the base is another', { base: digestOf('other') }, ['its base was another'], []],
  ['the init is another', { init: 'none' }, ['init was systemd and is none'], []],
  [
    'a step is defined otherwise',
    { steps: stepOrigins([STEPS[0], shellStep('s/two.sh', { creates: '/other' })] as never, bundleOf()) },
    ['step 2, shell s/two.sh, is defined otherwise now'],
    [],
  ],
  [
    'two steps have changed places',
    { steps: stepOrigins([...STEPS].reverse(), bundleOf()) },
    ['step 1 was puppet p/web.pp and is shell s/two.sh', 'step 2 was shell s/two.sh and is puppet p/web.pp'],
    [
      'files of step 1, puppet p/web.pp, have changed since: what they do is only seen by prove',
      'files of step 2, shell s/two.sh, have changed since: what they do is only seen by prove',
    ],
  ],
  [
    'a step may take longer, and another comes after',
    {
      steps: stepOrigins(
        [{ ...STEPS[0], timeout: 1 }, STEPS[1], shellStep('s/three.sh', { creates: '/three' })] as never,
        bundleOf(),
      ),
    },
    [],
    [],
  ],
  [
    'a file in a folder that a step names is another',
    { steps: stepOrigins(STEPS, bundleOf({ 'p/modules/nginx/init.pp': 'B' })) },
    [],
    ['files of step 1, puppet p/web.pp, have changed since: what they do is only seen by prove'],
  ],
  [
    'a file beside it is another',
    { steps: stepOrigins(STEPS, bundleOf({ 'p/modules-old/x.pp': 'C' })) },
    [],
    [],
  ],
];

for (const [name, changes, refused, noted] of CASES) {
  test(name, () => {
    const compared = compareOrigins({ base: BASE, init: 'systemd', steps: ORIGINS }, { ...NOW, ...changes });
    assert.equal(compared, { refused, noted });
  });
}

/** A bake of web that is to go on from a step, in a home where that step was saved both ways. */
async function resumable(machine: 'container' | 'vm', from: number | undefined, signal: AbortSignal) {
  const home = await checkpointHome();
  for (const kind of ['container', 'vm'] as const)
    await home.save(sampleCheckpoint({ machine: kind, step: 1, steps: ORIGINS.slice(0, 1) }), signal);
  const bake = {
    home: home.path,
    from,
    docker: { images: home.stores.images },
    template: { name: 'web', machine, converge: STEPS, container: { init: 'systemd' } },
  } as unknown as Bake;
  const plan = { base: { digest: BASE }, bundle: bundleOf() } as unknown as BakePlan;
  const log = { output: () => {}, note: (text: string) => void home.notes.push(text) };
  return { home, find: (other = plan) => findCheckpoint(bake, other, log, signal), plan };
}

test('it is the one of that step and kind of machine, and a note says which', async ({ signal }) => {
  for (const machine of ['container', 'vm'] as const) {
    const { home, find } = await resumable(machine, 1, signal);
    await using _ = home;
    const found = await find();
    assert.equal([found?.machine, found?.step, found?.bakes], [machine, 1, ['bake-a']]);
    assert.match(
      home.notes.join(),
      /^resumes converge:1 of a .*, saved \d+ s ago by bake bake-a: goes on with step 2; all steps are run again in prove$/,
    );
  }
});

test('a bake that is not to go on from one asks nothing', async ({ signal }) => {
  const { home, find } = await resumable('container', undefined, signal);
  await using _ = home;
  home.engine.state = 'refuses';
  assert.is(await find(), undefined);
});

test('a step that was not saved is USAGE, and the message lists those that were', async ({ signal }) => {
  const { home, find } = await resumable('container', 2, signal);
  await using _ = home;
  const fault = await rejects(find(), { code: 'USAGE' });
  assert.is(fault.message, 'web has no checkpoint converge:2 of a container');
  assert.match(
    fault.details.join('\n'),
    /^there is converge:1 of a container, .*\nthere is converge:1 of a virtual/,
  );
  assert.match(fault.hint ?? '', 'bake image web --checkpoints');
});

test('one that another base has led to is USAGE', async ({ signal }) => {
  const { home, find, plan } = await resumable('container', 1, signal);
  await using _ = home;
  const fault = await rejects(find({ ...plan, base: { ...plan.base, digest: digestOf('other') } }), {
    code: 'USAGE',
  });
  assert.is(fault.message, 'web cannot go on from converge:1: its base was another');
});

test('one whose image or file is gone, or is another, is USAGE', async ({ signal }) => {
  for (const harm of ['gone', 'another'] as const) {
    for (const machine of ['container', 'vm'] as const) {
      const { home, find } = await resumable(machine, 1, signal);
      await using _ = home;
      const at = machine === 'vm' ? 'checkpoints/web/vm-1.bake-a.qcow2' : 'kiln/checkpoint/web:bake-a-1';
      if (harm === 'another' && machine === 'container') home.images.set(at, digestOf('another'));
      else if (harm === 'another') await writeFile(join(home.path, at), 'another');
      else if (machine === 'container') home.images.delete(at);
      else await rm(join(home.path, at));
      const fault = await rejects(find(), { code: 'USAGE' });
      assert.is(fault.message, `converge:1 of web is no longer there as it was saved: ${at}`);
    }
  }
});

test.run();
