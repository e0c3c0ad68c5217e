import { setTimeout as sleep } from 'node:timers/promises';
import * as assert from 'uvu/assert';
import { engineContents } from '../support/engine-contents.ts';
import { missing } from '../support/engines.ts';
import { instancesOf } from '../support/instances.ts';
import { pageWorkspace } from '../support/launch-page.ts';
import { type Gap, measureGap } from '../support/measure-gap.ts';
import { suite } from '../support/suite.ts';
import { readPage } from '../support/visit.ts';

const test = suite('a new image takes the place of the old', { skip: await missing('docker') });

/** Between two visits: who asks without a pause soon has used up the ports of its host, and measures that. */
const PAUSE_MS = 5;
/** Much longer than it takes (about 0.1 s), as other work may be going on beside. */
const SHORT_MS = 2000;

async function visit(url: string): Promise<string> {
  await sleep(PAUSE_MS);
  return await readPage(url);
}

function report(what: string, { answers, failed, longest }: Gap): void {
  process.stdout.write(
    `\n  ${what}: ${failed} of ${answers.length + failed} requests failed, the longest gap was ${Math.round(longest)} ms\n`,
  );
}

/** What was met, each once, in its order. */
function met({ answers }: Gap): string[] {
  return answers.filter((answer, index) => answer !== answers[index - 1]);
}

test('with one short gap, one after another, and back again', async ({ signal }) => {
  await using workspace = await pageWorkspace(signal, 2);
  const [first = '', second = ''] = workspace.urls;
  await workspace.bakePage('old');
  await workspace.launched([]);
  assert.is(await readPage(first), 'old|Hello|test-solo|test-page-1');
  assert.is(await readPage(second), 'old|Hello|test-solo|test-page-2');

  await workspace.bakePage('new');
  let bothDown = 0;
  const gap = await measureGap(
    async () => {
      const pages = await Promise.allSettled([visit(first), visit(second)]);
      if (pages.every(({ status }) => status === 'rejected')) bothDown += 1;
      const [page] = pages;
      if (page.status === 'rejected') throw page.reason;
      return page.value;
    },
    async () => {
      const { stdout } = await workspace.launched([]);
      assert.match(stdout, /test-page@2 .*newest, test-page@1 before/);
    },
  );
  report('a good image', gap);
  assert.ok(gap.longest < SHORT_MS, `the gap was ${gap.longest} ms`);
  assert.equal(met(gap), ['old|Hello|test-solo|test-page-1', 'new|Hello|test-solo|test-page-1']);
  assert.is(bothDown, 0, 'both instances were down at once');
  assert.is(await readPage(second), 'new|Hello|test-solo|test-page-2');
  assert.is((await instancesOf('test-solo')).length, 2);

  const again = await workspace.launched([]);
  assert.match(again.stdout, /test-page-1 {2}unchanged[\s\S]*test-page-2 {2}unchanged/);

  const back = await measureGap(
    () => visit(first),
    async () => void (await workspace.launched(['rollback', 'test-page'])),
  );
  report('a rollback', back);
  assert.equal(met(back), ['new|Hello|test-solo|test-page-1', 'old|Hello|test-solo|test-page-1']);
  assert.is(await readPage(second), 'old|Hello|test-solo|test-page-2');

  const { launches } = JSON.parse((await workspace.launched(['history', '--json'])).stdout) as {
    launches: { action: string; image: string; previous?: string; result: string; by: string }[];
  };
  assert.equal(
    launches.map(({ action, image, previous, result }) => [action, image, previous, result]),
    [
      ['launch', 'test-page@1', undefined, 'healthy'],
      ['launch', 'test-page@2', 'test-page@1', 'healthy'],
      ['rollback', 'test-page@1', 'test-page@2', 'healthy'],
    ],
  );
  assert.ok(launches.every(({ by }) => by !== ''));
});

test('but not when it is unhealthy on its own address: nobody notices', async ({ signal }) => {
  await using workspace = await pageWorkspace(signal);
  const [url = ''] = workspace.urls;
  await workspace.bakePage('old');
  await workspace.launched([]);
  const [old] = await instancesOf('test-solo');
  await workspace.bakePage('bad', 'unhealthy');
  const gap = await measureGap(
    () => visit(url),
    async () => void (await workspace.refused([], { code: 'CHECK_FAILED', exitCode: 1 })),
  );
  report('an unhealthy image', gap);
  assert.is(gap.failed, 0);
  assert.equal(met(gap), ['old|Hello|test-solo|test-page-1']);
  assert.equal(
    (await instancesOf('test-solo')).map(({ Id }) => Id),
    [old?.Id],
  );
});

test('and gives it back when it dies after the swap', async ({ signal }) => {
  await using workspace = await pageWorkspace(signal);
  const [url = ''] = workspace.urls;
  await workspace.bakePage('old');
  await workspace.launched([]);
  const [old] = await instancesOf('test-solo');
  await workspace.bakePage('bad', 'dies when visited');
  const gap = await measureGap(
    () => visit(url),
    async () => {
      const { stderr } = await workspace.refused([], { code: 'CHECK_FAILED', exitCode: 1 });
      assert.match(stderr, /test-page@1 serves again/);
    },
  );
  report('an image that dies after the swap', gap);
  assert.ok(gap.failed > 0, 'it was never swapped in');
  assert.ok(gap.longest < 2 * SHORT_MS, `the gap was ${gap.longest} ms`);
  assert.equal(met(gap), ['old|Hello|test-solo|test-page-1']);
  assert.is(await readPage(url), 'old|Hello|test-solo|test-page-1');
  const left = await instancesOf('test-solo');
  assert.equal(
    left.map(({ Id }) => Id),
    [old?.Id],
  );
  const { stdout } = await workspace.launched(['history']);
  assert.match(stdout, /test-page@2 .*failed/);

  const healed = await workspace.refused(['rollback', 'test-page'], {
    code: 'NO_PREVIOUS_IMAGE',
    exitCode: 1,
  });
  assert.match(healed.stdout, 'no other image of test-page was healthy there before');
});

test('as it does when only its data is another', async ({ signal }) => {
  await using workspace = await pageWorkspace(signal);
  const [url = ''] = workspace.urls;
  await workspace.bakePage('same');
  await workspace.launched([]);
  await workspace.write({
    'environments/hiera.yaml': 'version: 5\nhierarchy: [{ name: all, path: common.yaml }]\n',
    'environments/common.yaml': `greeting: "it's \\"%{env}\\" $HOME \\\\ \`id\`"\n`,
  });
  const { stdout } = await workspace.launched([]);
  assert.match(stdout, /test-page-1 {2}launched .*data/);
  assert.is(await readPage(url), `same|it's "test-solo" $HOME \\ \`id\`|test-solo|test-page-1`);
  assert.is((await instancesOf('test-solo')).length, 1);
});

test('stopping leaves nothing of the environment in the engine', async ({ signal }) => {
  await using workspace = await pageWorkspace(signal);
  await workspace.bakePage('old');
  const before = await engineContents();
  await workspace.launched([]);
  await workspace.launched(['stop']);
  assert.equal(await engineContents(), before);
  assert.match((await workspace.launched(['stop'])).stdout, 'nothing runs in test-solo');
});

test.run();
