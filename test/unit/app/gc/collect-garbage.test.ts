import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as assert from 'uvu/assert';
import { collectGarbage } from '../../../../src/app/gc/collect-garbage.ts';
import { leftDisks } from '../../../../src/app/gc/left-disks.ts';
import { leftRecords } from '../../../../src/app/gc/left-records.ts';
import { leftWork } from '../../../../src/app/gc/left-work.ts';
import { openFileCatalogue } from '../../../../src/catalogue/file-store.ts';
import { digestOf } from '../../../../src/core/digest.ts';
import { Fault } from '../../../../src/core/fault.ts';
import { ownWork } from '../../../../src/core/own-work.ts';
import { ownerOf } from '../../../../src/core/process-owner.ts';
import { suite } from '../../../support/suite.ts';
import { sampleDraft, temporaryHome } from '../../catalogue/sample-record.ts';
import { runCli } from '../../cli/run-cli.ts';

const test = suite('what killed bakes have left');

const DEAD = '4194305.1.0d2a3b4c-0000-0000-0000-000000000000';

/** A home with what a killed process has left of each kind, and the same of this one, which lives. */
async function litteredHome() {
  const home = await temporaryHome();
  const put = async (path: string, text = '') => {
    await mkdir(dirname(join(home.path, path)), { recursive: true });
    await writeFile(join(home.path, path), text);
    return join(home.path, path);
  };
  const dead = `uuid ${DEAD.replaceAll('.', ' ')}\n`;
  const disk = async (name: string, owner: string) => {
    for (const part of ['', '.kernel', '.initrd']) await put(`images/${name}${part}`);
    return await put(`images/${name}.new`, owner);
  };
  await put(`work/${DEAD}/master-1/disk.raw`);
  await put(`cache/kiln/work/${DEAD}/kvm-1/console`);
  await mkdir(ownWork(home.path), { recursive: true });
  await disk('tree-a/dead.qcow2', dead);
  await disk('tree-b/living.qcow2', `uuid ${await ownerOf(process.pid)}`);
  await disk('tree-c/published.qcow2', dead);
  const boot = { file: 'images/tree-c/published.qcow2.kernel', digest: digestOf('') };
  const catalogue = openFileCatalogue(home.path);
  await catalogue.publish(sampleDraft(), async () => [
    {
      kind: 'disk',
      digest: digestOf(''),
      file: 'images/tree-c/published.qcow2',
      size: 0,
      boot: { kernel: boot, initrd: boot, options: '' },
    },
  ]);
  return {
    path: home.path,
    put,
    searches: [
      () => leftDisks(home.path, catalogue),
      () => leftWork(home.path, join(home.path, 'cache/kiln')),
    ],
    [Symbol.asyncDispose]: home[Symbol.asyncDispose],
  };
}

test('it goes, and what a living process uses or a record names stays', async ({ signal }) => {
  await using home = await litteredHome();
  // In memory lies what is left of other processes of this host, too.
  const here = async () =>
    (await collectGarbage({ dryRun: false }, home.searches, signal)).filter(({ where }) =>
      where.startsWith(home.path),
    );
  assert.equal(
    (await here()).map(({ what, where, state }) => [state, what, where.slice(home.path.length)]),
    [
      ['removed', 'disk', '/images/tree-a/dead.qcow2'],
      ['removed', 'mark of a disk', '/images/tree-c/published.qcow2.new'],
      ['removed', 'temporary files', `/work/${DEAD}`],
      ['removed', 'temporary files', `/cache/kiln/work/${DEAD}`],
    ],
  );
  assert.equal((await readdir(join(home.path, 'images'))).sort(), ['tree-b', 'tree-c']);
  assert.equal((await readdir(join(home.path, 'images/tree-b'))).length, 4);
  assert.equal((await readdir(join(home.path, 'images/tree-c'))).sort(), [
    'published.qcow2',
    'published.qcow2.initrd',
    'published.qcow2.kernel',
  ]);
  assert.equal(await readdir(join(home.path, 'work')), [ownWork(home.path).split('/').at(-1)]);
  assert.equal(await here(), []);
});

test('a disk that a damaged record may name stays, and which record that is is told', async ({ signal }) => {
  await using home = await litteredHome();
  await home.put('records/web/2.json', '{');
  const [disk] = await collectGarbage({ dryRun: false }, home.searches, signal);
  assert.equal([disk?.state, /web@2 is damaged/.test(disk?.why ?? '')], ['kept', true]);
  assert.is(await readFile(join(home.path, 'images/tree-a/dead.qcow2'), 'utf8'), '');
});

test('a damaged record is set aside, and keeps its disks as before', async ({ signal }) => {
  await using home = await litteredHome();
  const catalogue = openFileCatalogue(home.path);
  const [file, foreign] = [await home.put('records/web/2.json', '{'), '{"kind":"kiln.image/v2"}'];
  await home.put('records/web/3.json', foreign);
  const search = (signal: AbortSignal) => leftRecords(catalogue, signal);
  const record = { what: 'damaged record', where: file, aside: true };
  const collect = (dryRun: boolean) => collectGarbage({ dryRun }, [search], signal);
  assert.equal(await collect(true), [{ ...record, state: 'found' }]);
  assert.equal(await collect(false), [{ ...record, state: 'removed' }]);
  assert.equal(await collect(false), []);
  assert.equal((await readdir(join(home.path, 'records/web'))).sort(), ['1.json', '2.damaged', '3.json']);

  await rm(join(home.path, 'records/web/3.json'));
  const [disk] = await collectGarbage({ dryRun: false }, home.searches, signal);
  assert.equal([disk?.state, /web@2 is damaged/.test(disk?.why ?? '')], ['kept', true]);
});

test('what cannot be removed does not keep the others', async ({ signal }) => {
  const fault = new Fault('QEMU_FAILED', 'it does not end');
  const refusing = async () => [
    { what: 'virtual machine', where: '/m', remove: () => Promise.reject(fault) },
  ];
  await using home = await litteredHome();
  const [first, ...others] = await collectGarbage({ dryRun: false }, [refusing, ...home.searches], signal);
  assert.equal([first?.state, first?.error], ['failed', fault]);
  assert.ok(others.every(({ state }) => state === 'removed'));
});

test('what does not go in time is told, and keeps nothing else', async ({ signal }) => {
  const stuck = {
    what: 'virtual machine',
    where: '/m',
    remove: (late: AbortSignal) =>
      new Promise<void>((_done, fail) => late.addEventListener('abort', () => fail(late.reason))),
  };
  const quick = { what: 'disk', where: '/d', remove: async () => {} };
  const limits = { dryRun: false, deadlineMs: 20 };
  const [first, second] = await collectGarbage(limits, [async () => [stuck, quick]], signal);
  assert.equal([first?.state, second?.state], ['failed', 'removed']);
  assert.is((first?.error as Fault | undefined)?.message, '/m could not be removed within 0.02 s');
});

test('bake gc tells what it does, and --dry-run does nothing', async () => {
  await using home = await litteredHome();
  const env = { KILN_HOME: home.path, XDG_CACHE_HOME: join(home.path, 'cache') };
  const gc = (...args: string[]) => runCli('src/cli/bake.ts', ['gc', ...args], env);
  const dry = await gc('--dry-run', '--json');
  assert.equal(
    JSON.parse(dry.stdout).map(({ state }: { state: string }) => state),
    ['found', 'found', 'found', 'found'],
  );
  const { code, stdout, stderr } = await gc();
  assert.equal([code, stderr], [0, '']);
  assert.is(stdout.split('\n')[0], `✔ removed: disk ${home.path}/images/tree-a/dead.qcow2`);
  assert.is((await gc()).stdout, 'nothing is left of killed bakes and launches\n');
});

test.run();
