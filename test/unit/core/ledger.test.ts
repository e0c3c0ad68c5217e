import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, mkdir, readdir, readFile, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { Fault } from '../../../src/core/fault.ts';
import type { Intention } from '../../../src/core/intention.ts';
import { type Ledger, ledgersIn, openLedger } from '../../../src/core/ledger.ts';
import { imagesInUse, readRuns } from '../../../src/core/ledger-runs.ts';
import { ownerOf } from '../../../src/core/process-owner.ts';
import { type RunOwner, runLives, STALE_MS, thisOwner } from '../../../src/core/run-owner.ts';
import { Scope } from '../../../src/core/scope.ts';
import { suite } from '../../support/suite.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const test = suite('ledger');

const ENGINE = { id: 'E', address: 'unix:///e.sock' };
const container = (name: string): Intention => ({ kind: 'container', name, engine: ENGINE });
const RUN = { run: 'r1', what: 'bake of web' };

async function openNames(home: string): Promise<unknown[]> {
  const { living } = await readRuns(home);
  return living.flatMap(({ open }) => open.map(({ intends, made }) => [intends.kind, made]));
}

test('an intention is there before it is settled, and gone after', async () => {
  await using home = await temporaryFolder();
  const ledger = openLedger(home.path, RUN);
  assert.equal(await readdir(home.path), [], 'what intends nothing writes nothing');
  const one = ledger.intend(container('one'));
  const two = ledger.intend({ kind: 'path', path: '/x' });
  two.made();
  assert.equal(await openNames(home.path), [
    ['container', false],
    ['path', true],
  ]);
  one.settle();
  one.settle();
  assert.equal(await openNames(home.path), [['path', true]]);
  const [run] = (await readRuns(home.path)).living;
  assert.equal([run?.run, run?.what, run?.engines], ['r1', 'bake of web', [ENGINE]]);
  ledger.end(false);
  assert.equal(await readdir(ledgersIn(home.path)), []);
});

test('the ledger of a scope goes with it, unless something was kept or could not be removed', async () => {
  for (const [how, files] of [
    ['clean', []],
    ['kept', ['r1.jsonl']],
    ['failed', ['r1.jsonl']],
  ] as const) {
    await using home = await temporaryFolder();
    const scope = new Scope(undefined, undefined, openLedger(home.path, RUN));
    scope.intend(container('one'));
    scope.defer('one', () => (how === 'failed' ? Promise.reject(new Error('no')) : Promise.resolve()));
    if (how === 'kept') scope.keep();
    await scope.close();
    assert.equal(await readdir(ledgersIn(home.path)), files, how);
  }
});

test('after its end nothing is intended any more', async () => {
  await using home = await temporaryFolder();
  const ledger = openLedger(home.path, RUN);
  const one = ledger.intend(container('one'));
  ledger.end(true);
  one.settle();
  assert.throws(() => ledger.intend(container('late')), /it has ended/);
  assert.equal(await openNames(home.path), [['container', false]]);
});

async function writtenLedger(home: string, write: (ledger: Ledger) => void): Promise<string> {
  const ledger = openLedger(home, RUN);
  write(ledger);
  ledger.end(true);
  return join(ledgersIn(home), 'r1.jsonl');
}

test('a last line that was cut off is none, one before it is counted, and what a newer kiln intends is named', async () => {
  await using home = await temporaryFolder();
  const file = await writtenLedger(home.path, (ledger) => void ledger.intend(container('one')));
  const at = new Date().toISOString();
  const lines = [
    { n: 2, at, intends: { kind: 'satellite', orbit: 7 } },
    { n: 3, at, intends: container('three') },
  ];
  await appendFile(file, `${lines.map((line) => JSON.stringify(line)).join('\n')}\n{"n":1,"settl`);
  const [run] = (await readRuns(home.path)).living;
  assert.equal(
    run?.open.map(({ intends }) => intends),
    [container('one'), container('three')],
  );
  assert.equal([run?.unknown, run?.damaged], [['satellite'], 0]);
  await appendFile(file, '\n{"n":3,"settled":true}\n');
  const [after] = (await readRuns(home.path)).living;
  assert.equal([after?.open.length, after?.damaged], [1, 1]);
});

test('what this kiln cannot read is named and no run', async () => {
  await using home = await temporaryFolder();
  await mkdir(ledgersIn(home.path));
  const texts = {
    empty: '',
    torn: '{"kind":"kiln.led',
    newer: '{"kind":"kiln.ledger/v2","run":"r"}\n',
    null: 'null\n',
  };
  for (const [name, text] of Object.entries(texts))
    await writeFile(join(ledgersIn(home.path), `${name}.jsonl`), text);
  await writeFile(join(ledgersIn(home.path), 'notes.txt'), 'by hand');
  const { living, dead, foreign } = await readRuns(home.path);
  assert.equal([living, dead], [[], []]);
  assert.equal(
    foreign.map((file) => file.slice(ledgersIn(home.path).length)),
    ['/empty.jsonl', '/newer.jsonl', '/null.jsonl', '/torn.jsonl'],
  );
});

test('where process ids mean the same, the process decides and no heartbeat', async () => {
  const here = thisOwner();
  assert.ok(await runLives(here, 0, { now: STALE_MS * 9, here }));
  const child = spawn('sleep', ['60']);
  await once(child, 'spawn');
  const process = await ownerOf(child.pid as number);
  assert.ok(await runLives({ ...here, process }, 0, { here }));
  child.kill('SIGKILL');
  await once(child, 'exit');
  assert.not(await runLives({ ...here, process }, Date.now(), { here }));
});

test('in another container, on another host and before a restart the heartbeat decides', async () => {
  const here = thisOwner();
  const others: Partial<RunOwner>[] = [{ namespace: 'pid:[1]' }, { host: 'another' }, { boot: 'another' }];
  for (const other of others) {
    // its process has an id that a living one has here
    const owner = { ...here, ...other };
    const now = 1_000_000_000_000;
    assert.ok(await runLives(owner, now - STALE_MS + 1, { now, here }), JSON.stringify(other));
    assert.not(await runLives(owner, now - STALE_MS, { now, here }), JSON.stringify(other));
  }
});

test('a run says that it lives by the time of its file', async () => {
  await using home = await temporaryFolder();
  const file = await writtenLedger(home.path, (ledger) => void ledger.intend(container('one')));
  const old = new Date(Date.now() - STALE_MS - 1000);
  await utimes(file, old, old);
  const abroad = (owner: RunOwner, heartbeat: number) => runLives({ ...owner, host: 'another' }, heartbeat);
  assert.is((await readRuns(home.path, abroad)).dead.length, 1);
  await utimes(file, new Date(), new Date());
  assert.is((await readRuns(home.path, abroad)).living.length, 1);
});

test('what a run wrote until it ended is read, also when it ended while it was read', async () => {
  await using home = await temporaryFolder();
  const file = await writtenLedger(home.path, (ledger) => void ledger.intend(container('one')));
  const ends = async () => {
    await appendFile(file, '{"n":1,"settled":true}\n');
    return false;
  };
  const [run] = (await readRuns(home.path, ends)).dead;
  assert.equal(run?.open, []);
});

test('a process that is killed leaves its ledger, with the last thing that it intended', async () => {
  await using home = await temporaryFolder();
  const url = new URL('../../../src/core/ledger.ts', import.meta.url).href;
  const program = `
    const { openLedger } = await import(${JSON.stringify(url)});
    const ledger = openLedger(${JSON.stringify(home.path)}, { run: 'killed', what: 'bake of web' });
    for (let n = 0; ; n++) {
      ledger.intend({ kind: 'uses', image: 'web@' + n, digest: 'sha256:0' });
      if (n === 99) process.kill(process.pid, 'SIGKILL');
    }`;
  const child = spawn(process.execPath, [
    '--import',
    import.meta.resolve('tsx'),
    '--input-type=module',
    '-e',
    program,
  ]);
  await once(child, 'exit');
  const { living, dead } = await readRuns(home.path);
  assert.equal([living.length, dead.length, dead[0]?.open.length, dead[0]?.damaged], [0, 1, 100, 0]);
});

test('an image is in use as long as a run lives that works from it', async () => {
  await using home = await temporaryFolder();
  const ledger = openLedger(home.path, RUN);
  ledger.intend({ kind: 'uses', image: 'web@7', digest: 'sha256:7' });
  const other = ledger.intend({ kind: 'uses', image: 'web@8', digest: 'sha256:8' });
  assert.equal(await imagesInUse(home.path), [
    { image: 'web@7', digest: 'sha256:7', what: 'bake of web' },
    { image: 'web@8', digest: 'sha256:8', what: 'bake of web' },
  ]);
  other.settle();
  assert.equal(await imagesInUse(home.path), [{ image: 'web@7', digest: 'sha256:7', what: 'bake of web' }]);
  const file = join(ledgersIn(home.path), 'r1.jsonl');
  const text = await readFile(file, 'utf8');
  await writeFile(file, text.replace(/"process":"\d+/, '"process":"4194305'));
  assert.equal(await imagesInUse(home.path), []);
  ledger.end(false);
  assert.equal(await imagesInUse(home.path), []);
});

test('where nothing can be written down nothing is begun', async () => {
  await using home = await temporaryFolder();
  await writeFile(join(home.path, 'file'), '');
  const ledger = openLedger(join(home.path, 'file'), RUN);
  assert.throws(
    () => ledger.intend(container('one')),
    (error: unknown) => error instanceof Fault && error.code === 'FILE_MISSING',
  );
});

test('a ledger appears whole, and nothing is left beside it', async () => {
  await using home = await temporaryFolder();
  const ledger = openLedger(home.path, RUN);
  ledger.intend(container('one'));
  assert.equal(await readdir(ledgersIn(home.path)), ['r1.jsonl']);
  assert.is((await stat(join(ledgersIn(home.path), 'r1.jsonl'))).mode & 0o777, 0o644);
  ledger.end(false);
});

test.run();
