import { link, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openFileCatalogue } from '../src/catalogue/file-store.ts';
import { sampleDraft } from '../test/unit/catalogue/sample-record.ts';
import { median, report, timeOf } from './measure.ts';

/*
 * How long a catalogue of very many records takes to answer, beside one of ten: the commands as a whole, and the choice
 * of the newest image as `launch` makes it, in one process. Run after `make build`.
 */
const MANY = 100_000;
const FEW = 10;
const ROUNDS = 11;
/** How many of a real record's packages there are: with its services and resources that makes about 30 kB. */
const PACKAGES = 400;
/** More links than these a file cannot have on some file systems. */
const LINKS = 30_000;

const bake = join(import.meta.dirname, '../dist/cli/bake.js');
const root = await mkdtemp(join(tmpdir(), 'kiln-bench-'));
const [many, few, wide] = [join(root, 'many'), join(root, 'few'), join(root, 'wide')];
try {
  await fill(many, 'web', MANY);
  await fill(few, 'web', FEW);
  for (let template = 1; template <= 1000; template++) await fill(wide, `web-${template}`, 100);
  // Names that changed a moment ago are read twice.
  await new Promise((done) => setTimeout(done, 2500));

  for (const verb of ['list', 'show']) {
    const [large = 0, small = 0, bare = 0] = inTurn([
      () => bakeTime(many, verb, 'web'),
      () => bakeTime(few, verb, 'web'),
      () => timeOf([process.execPath, '-e', '0']),
    ]);
    tell(`bake ${verb} web`, large, small, `; node -e 0 is ${bare.toFixed(0)} ms`);
  }
  const [large = 0, small = 0] = inTurn([() => bakeTime(many, 'list'), () => bakeTime(few, 'list')]);
  tell('bake list', large, small);
  const [one = 0] = inTurn([() => bakeTime(wide, 'list', 'web-500')]);
  report('bake list web-500, of 1000 templates with 100 images each', ms(one), 'under 200 ms');
  const [all = 0] = inTurn([() => bakeTime(wide, 'list', '--limit', '1')], 3);
  report(
    'bake list --limit 1 of them all, which reads 1000 records',
    ms(all),
    'no figure: each is read and checked',
  );

  const times: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS; round++) {
    times[0].push(await choice(many));
    times[1].push(await choice(few));
  }
  tell('the newest image and whether it is revoked', median(times[0]), median(times[1]));
} finally {
  await rm(root, { recursive: true, force: true });
}

function tell(what: string, large: number, small: number, more = ''): void {
  const ratio = `${(large / small).toFixed(2)} × that of ${FEW}`;
  report(`${what}, of ${MANY} records`, `${ms(large)}, ${ratio}${more}`, 'under 200 ms');
}

function ms(figure: number): string {
  return `${figure.toFixed(0)} ms`;
}

/** Medians of what is timed in turn, after one round that does not count. */
function inTurn(timings: readonly (() => number)[], rounds = ROUNDS): number[] {
  for (const time of timings) time();
  const times = timings.map((): number[] => []);
  for (let round = 0; round < rounds; round++) {
    for (const [index, time] of timings.entries()) times[index]?.push(time());
  }
  return times.map(median);
}

function bakeTime(home: string, ...argv: string[]): number {
  process.env['KILN_HOME'] = home;
  return timeOf([process.execPath, bake, ...argv]);
}

/** Each with a catalogue of its own, as a command has it. */
async function choice(home: string): Promise<number> {
  const catalogue = openFileCatalogue(home);
  const started = performance.now();
  await catalogue.revocationOf(await catalogue.get('web'));
  return performance.now() - started;
}

/** Only the newest, which are read, are records of their own. */
async function fill(home: string, template: string, count: number): Promise<void> {
  const folder = join(home, 'records', template);
  await mkdir(folder, { recursive: true });
  const own = Math.min(count, 12);
  let source = '';
  for (let version = 1; version <= count - own; version++) {
    const file = join(folder, `${version}.json`);
    if (version % LINKS !== 1) {
      await link(source, file);
      continue;
    }
    source = file;
    await writeFile(file, recordText(template, version));
  }
  for (let version = count - own + 1; version <= count; version++)
    await writeFile(join(folder, `${version}.json`), recordText(template, version));
}

function recordText(template: string, version: number): string {
  const packages = Array.from({ length: PACKAGES }, (_, index) => ({
    name: `libpackage-${index}-common`,
    version: `1.${index}.3-4+deb12u2`,
    arch: 'amd64',
  }));
  const inventory = { ...sampleDraft().inventory, packages };
  const forms = [{ kind: 'oci', digest: sampleDraft().digest, tag: `kiln/${template}:${version}` }];
  const named = { kind: 'kiln.image/v1', name: `${template}@${version}`, version };
  return `${JSON.stringify({ ...named, ...sampleDraft({ template, inventory }), forms })}\n`;
}
