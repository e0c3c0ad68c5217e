/*
 * node --import tsx work-on-catalogue.ts HOME publish|prune|revoke|read
 *
 * Does one kind of work on the images of web, again and again until its stdin ends: one of the processes that
 * load.test.ts runs at once. Prints `ready`, and VERSION BAKE for each image that it was told it published.
 */
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { openFileCatalogue } from '../../../src/catalogue/file-store.ts';
import type { ImageRecord } from '../../../src/catalogue/record.ts';
import { Fault } from '../../../src/core/fault.ts';
import { sampleDraft, sampleForms } from './sample-record.ts';

const [home = '', kind = ''] = process.argv.slice(2);
const catalogue = openFileCatalogue(home);
const packages = Array.from({ length: 300 }, (_, index) => ({
  name: `package-${index}`,
  version: `1.${index}-1`,
  arch: 'amd64',
}));
const inventory = { ...sampleDraft().inventory, packages };
let done = 0;
let newest = 0;

const WORK: Readonly<Record<string, () => Promise<void>>> = {
  async publish() {
    const bake = `${process.pid}-${done}`;
    const { version } = await catalogue.publish(sampleDraft({ bake, inventory }), async (version) => {
      if (done % 3 === 0) await setTimeout(Math.random() * 5);
      return await sampleForms()(version);
    });
    if (version <= newest) throw new Error(`version ${version} came after ${newest}`);
    newest = version;
    process.stdout.write(`${version} ${bake}\n`);
  },
  /** Never the newest: its record goes in one step, and its number stays taken. */
  async prune() {
    const version = someOf((await catalogue.versions('web')).slice(0, -1));
    if (version === undefined) return;
    const file = join(home, 'records/web', `${version}`);
    await rename(`${file}.json`, `${file}.pruned`);
  },
  async revoke() {
    const version = someOf(await catalogue.versions('web'));
    if (version === undefined) return;
    const why = { reason: 'CVE-2026-1234', by: 'alice@build' };
    await catalogue.revoke(`web@${version}`, why, new Date());
  },
  async read() {
    let listed = 0;
    for await (const item of catalogue.list('web')) {
      if (item.kind === 'damaged') throw item.fault;
      assertWhole(item.record);
      if (++listed >= 10) break;
    }
    if (listed === 0) return;
    const record = await catalogue.get('web');
    assertWhole(record);
    if (record.version < newest) throw new Error(`web is ${record.name} after it was web@${newest}`);
    newest = record.version;
    await catalogue.revocationOf(record);
    const version = someOf(await catalogue.versions('web'));
    if (version !== undefined) assertWhole(await catalogue.get(`web@${version}`));
  },
};

const work = WORK[kind] ?? (() => Promise.reject(new Error(`which work is ${kind}?`)));
let over = false;
process.stdin.once('end', () => {
  over = true;
});
process.stdin.resume();
process.stdout.write('ready\n');
for (; !over; done++) {
  await work().catch(unlessGone);
  // Lets the end of stdin be seen, where nothing is there to be done.
  await setTimeout(1);
}

/** Another process may have removed what was just seen. */
function unlessGone(error: unknown): void {
  const { code } = error as { code?: unknown };
  if (code === 'ENOENT' && kind === 'prune') return;
  if (!(error instanceof Fault) || code !== 'IMAGE_UNKNOWN') throw error;
}

function assertWhole({ name, inventory: read }: ImageRecord): void {
  if (read.packages.length !== packages.length) throw new Error(`${name} is not whole`);
}

function someOf<T>(items: readonly T[]): T | undefined {
  return items[Math.floor(Math.random() * items.length)];
}
