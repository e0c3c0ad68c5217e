import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as assert from 'uvu/assert';
import { collectGarbage } from '../../../../src/app/gc/collect-garbage.ts';
import { leftAsides } from '../../../../src/app/gc/left-asides.ts';
import { leftWork } from '../../../../src/app/gc/left-work.ts';
import { livingOwners } from '../../../../src/app/gc/living-owners.ts';
import { asideOf } from '../../../../src/core/aside.ts';
import { readRuns } from '../../../../src/core/ledger-runs.ts';
import { ownName } from '../../../../src/core/owner-name.ts';
import { ownerOf } from '../../../../src/core/process-owner.ts';
import { suite } from '../../../support/suite.ts';
import { temporaryFolder } from '../../temporary-folder.ts';
import { writeLedger } from './killed-run.ts';

const test = suite('half-written files and locks of killed processes');

const DEAD = '4194305.1.0d2a3b4c-0000-0000-0000-000000000000';

async function put(home: string, ...paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    await mkdir(dirname(join(home, path)), { recursive: true });
    await writeFile(join(home, path), '');
  }
}

async function filesIn(home: string): Promise<string[]> {
  const entries = await readdir(home, { recursive: true, withFileTypes: true });
  return entries
    .filter((one) => one.isFile())
    .map((one) => join(one.parentPath, one.name).slice(home.length + 1))
    .sort();
}

async function collect(home: string, signal: AbortSignal): Promise<void> {
  const lives = livingOwners(await readRuns(home), home);
  const search = () => leftAsides(home, join(home, 'cache'), lives);
  const collected = await collectGarbage({ dryRun: false }, [search], signal);
  assert.ok(collected.every(({ state }) => state === 'removed'));
}

test('they go wherever they are written, and nothing that is whole, of a living process or by another hand', async ({
  signal,
}) => {
  await using home = await temporaryFolder();
  const aside = (name: string) => `${name}.${DEAD}.0123456789ab.tmp`;
  await put(
    home.path,
    ...['records/web/7.revoked', 'images/abc/manifest.ndjson.gz', 'ledger/r.jsonl'].map(aside),
    ...['machines/m.owner', 'instances/i/instance.json', 'checkpoints/web/vm-1.json'].map(aside),
    ...['cache/bases/b/base.json', 'cache/kvm.json'].map(aside),
  );
  const stays = ['images/abc/manifest.ndjson.gz', 'records/web/7.json', 'records/web/notes.tmp'];
  const ours = asideOf(join(home.path, 'records/web/8.revoked')).slice(home.path.length + 1);
  await put(home.path, ours, ...stays);
  await collect(home.path, signal);
  assert.equal(await filesIn(home.path), [...stays, ours].sort());
});

test('what a process was writing when it was killed is found by its name', async ({ signal }) => {
  await using home = await temporaryFolder();
  const url = new URL('../../../../src/core/atomic-file.ts', import.meta.url).href;
  const program = `
    const { writeFileAtomically } = await import(${JSON.stringify(url)});
    async function* half() { yield Buffer.from('half'); setTimeout(() => process.kill(process.pid, 'SIGKILL'), 200); await new Promise(() => setInterval(() => {}, 1000)); }
    await writeFileAtomically(${JSON.stringify(join(home.path, 'records/web/9.json'))}, half());`;
  const child = spawn(process.execPath, [
    '--import',
    import.meta.resolve('tsx'),
    '--input-type=module',
    '-e',
    program,
  ]);
  await once(child, 'exit');
  assert.is((await filesIn(home.path)).length, 1, 'it was killed before it had begun');
  await collect(home.path, signal);
  assert.equal(await filesIn(home.path), []);
});

test('a lock goes whose owner is gone, and the one of a living process stays', async ({ signal }) => {
  await using home = await temporaryFolder();
  const dead = [
    ...['launches/prod.lock', 'images/abc/lock', 'checkpoints/web/lock', 'distributions/web@1.lock'],
    ...['instances/kiln-prod-web-1-a/copying.lock', 'cache/bases/b/lock', 'cache/bases/c.lock.takeover'],
  ];
  await put(home.path, ...dead, 'launches/dev.lock');
  for (const path of dead) await writeFile(join(home.path, path), '4194305 1 boot\n');
  await writeFile(join(home.path, 'launches/dev.lock'), await ownerOf(process.pid));
  await collect(home.path, signal);
  assert.equal(await filesIn(home.path), ['launches/dev.lock']);
});

test('the folder of an image or a base goes with the last of them, and no folder that something is in', async ({
  signal,
}) => {
  await using home = await temporaryFolder();
  const aside = (name: string) => `${name}.${DEAD}.0123456789ab.tmp`;
  const locks = ['images/b/lock', 'cache/bases/d/lock'];
  await put(home.path, aside('images/a/manifest.ndjson.gz'), aside('images/b/packages.paths.gz'));
  await put(home.path, aside('images/c/manifest.ndjson.gz'), 'images/c/manifest.ndjson.gz');
  await put(home.path, aside('machines/m.owner'), ...locks);
  for (const path of locks) await writeFile(join(home.path, path), '4194305 1 boot\n');
  await collect(home.path, signal);
  const left = await readdir(home.path, { recursive: true });
  assert.equal(left.filter((name) => /^(images|machines|cache\/bases)/.test(name)).sort(), [
    ...['cache/bases', 'images', 'images/c', 'images/c/manifest.ndjson.gz', 'machines'],
  ]);
});

test('what a process of another container holds stays, as long as its run says that it lives, also one that has begun since', async ({
  signal,
}) => {
  await using home = await temporaryFolder();
  // its process cannot be seen from here, but the heartbeat of its ledger is new
  const begun = await readRuns(home.path);
  const file = await writeLedger(home.path, 'elsewhere', [], { lives: true });
  await put(home.path, `work/${DEAD}/disk.raw`, `records/web/7.revoked.${DEAD}.0123456789ab.tmp`);
  const owner = `${DEAD.split('.').join(' ')}\n`;
  const header = { process: owner, host: 'another', boot: 'another', namespace: 'pid:[1]' };
  const text = JSON.stringify({
    kind: 'kiln.ledger/v1',
    run: 'r',
    what: 'bake of web',
    at: '2026-01-01T00:00:00Z',
    owner: header,
  });
  await writeFile(file, `${text}\n`);
  const before = await filesIn(home.path);
  const lives = livingOwners(begun, home.path);
  const both = [
    () => leftWork(home.path, join(home.path, 'cache'), lives),
    () => leftAsides(home.path, join(home.path, 'cache'), lives),
  ];
  const collected = await collectGarbage({ dryRun: false }, both, signal);
  assert.equal(
    collected.filter(({ where }) => where.startsWith(home.path)),
    [],
  );
  assert.equal(await filesIn(home.path), before);
  assert.ok(await lives(owner));
  assert.not(await lives(owner.replace(/^\d+/, '4194306')));
});

test('a file that is being written has its owner in its name, once only', () => {
  const [one, other] = [asideOf('/a/b.json'), asideOf('/a/b.json')];
  assert.ok(one.startsWith(`/a/b.json.${ownName()}.`));
  assert.is.not(one, other);
});

test.run();
