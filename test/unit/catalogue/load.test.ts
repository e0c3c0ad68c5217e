import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import * as assert from 'uvu/assert';
import { readRecordFile } from '../../../src/catalogue/record-file.ts';
import { suite } from '../../support/suite.ts';
import { temporaryHome } from './sample-record.ts';

const test = suite('a catalogue that many processes work on', { deadline: 120_000 });

/** How long they all work at once, in ms. */
const TOGETHER = 1000;
/** How often writers are killed. */
const ROUNDS = 2;

type Work = 'publish' | 'prune' | 'revoke' | 'read';

/** Processes that work on a catalogue, see work-on-catalogue.ts; those that have not ended are killed. */
function crewOn(home: string) {
  const ends: (() => Promise<unknown>)[] = [];

  async function start(work: Work) {
    const script = join(import.meta.dirname, 'work-on-catalogue.ts');
    const worker = spawn(process.execPath, ['--import', 'tsx', script, home, work]);
    let [stdout, stderr] = ['', ''];
    worker.stderr.on('data', (bytes) => {
      stderr += bytes;
    });
    worker.stdout.on('data', (bytes) => {
      stdout += bytes;
    });
    // One that was killed does not hear that it is over.
    worker.stdin.on('error', () => {});
    const closed = once(worker, 'close');
    ends.push(() => {
      worker.kill('SIGKILL');
      return closed;
    });
    await Promise.race([once(worker.stdout, 'data'), closed]);
    return {
      /** What it was told that it published: the bakes by their versions. */
      async end(how: 'finish' | 'kill'): Promise<[version: number, bake: string][]> {
        if (how === 'kill') worker.kill('SIGKILL');
        else worker.stdin.end();
        const [code] = await closed;
        assert.equal([code, stderr], [how === 'kill' ? null : 0, '']);
        // Half a line is no word of anything.
        const lines = stdout.slice(0, stdout.lastIndexOf('\n')).split('\n');
        return lines.flatMap((line) => {
          const [version, bake] = line.split(' ');
          return bake === undefined ? [] : [[Number(version), bake] as [number, string]];
        });
      },
    };
  }

  const killAll = async () => void (await Promise.all(ends.map((end) => end())));
  return { start, [Symbol.asyncDispose]: killAll };
}

/** What lies in the catalogue: whole records by version, and all other names. */
async function found(home: string) {
  const bakes = new Map<number, string>();
  const others: string[] = [];
  for (const name of await readdir(join(home, 'records/web'))) {
    const version = /^(\d+)\.(json|pruned)$/.exec(name)?.[1];
    if (version === undefined) {
      others.push(name);
      continue;
    }
    const read = await readRecordFile(join(home, 'records/web', name), 'web', Number(version));
    assert.is(read.kind, 'whole', name);
    assert.not.ok(bakes.has(Number(version)), `${version} is there twice`);
    if (read.kind === 'whole') bakes.set(Number(version), read.record.bake);
  }
  return { bakes, others };
}

test('of what several publish, prune, revoke and read at once nothing is lost, doubled or torn', async () => {
  await using home = await temporaryHome();
  await using crew = crewOn(home.path);
  const works = ['publish', 'publish', 'publish', 'prune', 'revoke', 'read', 'read'] as const;
  const workers = await Promise.all(works.map(crew.start));
  await setTimeout(TOGETHER);
  const told = (await Promise.all(workers.map((worker) => worker.end('finish')))).flat();

  assert.ok(told.length > 10, `only ${told.length} were published`);
  assert.is(new Set(told.map(([version]) => version)).size, told.length, 'no version is told twice');
  const { bakes, others } = await found(home.path);
  const inOrder = (entries: Iterable<[number, string]>) => [...entries].sort(([a], [b]) => a - b);
  assert.equal(inOrder(bakes), inOrder(told));
  assert.ok(others.length > 0);
  assert.equal(
    others.filter((name) => !/^\d+\.revoked$/.test(name)),
    [],
  );
});

test('where writers are killed in the midst of it, all that they told is there and whole', async () => {
  await using home = await temporaryHome();
  await using crew = crewOn(home.path);
  const readers = await Promise.all((['read', 'read'] as const).map(crew.start));
  const writers = ['publish', 'publish', 'publish', 'revoke', 'prune'] as const;
  const told: [number, string][] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const started = writers.map(async (work) => {
      const writer = await crew.start(work);
      await setTimeout(Math.random() * TOGETHER);
      return await writer.end('kill');
    });
    told.push(...(await Promise.all(started)).flat());
  }
  for (const reader of readers) await reader.end('finish');

  assert.ok(told.length > 10, `only ${told.length} were published`);
  assert.is(new Set(told.map(([version]) => version)).size, told.length, 'no version is told twice');
  const { bakes } = await found(home.path);
  for (const [version, bake] of told) assert.is(bakes.get(version), bake, `web@${version}`);
  const untold = bakes.size - told.length;
  assert.ok(untold <= 3 * ROUNDS, `${untold} were published, and not told by ${3 * ROUNDS} that were killed`);
});

test.run();
