import { relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { inspect, parseArgs } from 'node:util';
import { parse } from 'uvu/parse';
import { isKind, KINDS, type Kind } from './support/kinds.ts';
import { pinMirror } from './support/pinned-mirror.ts';
import { runState } from './support/run-state.ts';

/*
 * node --import tsx test/run.ts KIND… [PATTERN…] [--verbose]
 *
 * Runs the test files of these kinds whose path contains one of the patterns, one after another in this process,
 * on uvu. uvu alone is green when a hook throws, when .run() is forgotten and when nothing matches; here each of
 * these is a failure. The last line is always `N passed, N failed, N skipped`.
 */

/** What uvu's own runner gives for one suite: the printed errors or true, passed, skipped, all that ran. */
type SuiteRun = () => Promise<[errors: string | true, passed: number, skipped: number, total: number]>;

const LOAD_DEADLINE_MS = 60_000;

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    root: { type: 'string', default: import.meta.dirname },
    verbose: { type: 'boolean', default: false },
  },
});
const root = resolve(options.root);
const kinds = positionals.filter(isKind);
const patterns = positionals.filter((word) => !isKind(word));
const tally = { passed: 0, failed: 0, skipped: 0 };
const problems: string[] = [];

let finished = false;
process.on('exit', () => {
  if (finished) return;
  problem(
    `the process ended ${runState.current ? `in '${runState.current}'` : `while ${runState.file} was loaded`}`,
  );
  finish();
});
for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
  process.on(event, (error: unknown) => {
    problem(
      `${event} ${runState.current ? `while '${runState.current}' ran` : `outside of tests`}: ${inspect(error)}`,
    );
  });
}

// uvu reads these when it is first imported, so nothing may import it statically from here
const queue: [null, ...SuiteRun[]] = [null];
Object.assign(globalThis, { UVU_DEFER: 1, UVU_INDEX: 0, UVU_QUEUE: [queue] });
const uvu = await import('uvu');

if (kinds.length === 0) problem(`which kind of tests? One or more of: ${KINDS.join(', ')}`);
const found = (await Promise.all(kinds.map(filesOf))).flat();
for (const kind of kinds)
  if (!found.some((file) => file.kind === kind)) problem(`no test files in ${root}/${kind}`);
for (const pattern of patterns) {
  if (!found.some((file) => file.name.includes(pattern)))
    problem(`no test file has '${pattern}' in its path`);
}
const chosen = found.filter(
  (file) => patterns.length === 0 || patterns.some((pattern) => file.name.includes(pattern)),
);
if (chosen.some(({ kind }) => kind !== 'unit')) await pinMirror();
for (const file of chosen) await load(file);
await uvu.exec();
finish();
// uvu has its own opinion: the two must agree on green
process.exit(tally.failed > 0 ? 1 : (process.exitCode ?? 0));

interface TestFile {
  readonly kind: Kind;
  /** `unit/config/load.test.ts` */
  readonly name: string;
  readonly path: string;
}

async function filesOf(kind: Kind): Promise<TestFile[]> {
  const { suites } = await parse(resolve(root, kind), /\.test\.ts$/).catch(() => ({ suites: [] }));
  return suites.map(({ file }) => ({ kind, name: relative(root, file), path: file }));
}

/** Imports a file, which puts its suites into the queue, and has each of them watched when it runs. */
async function load(file: TestFile): Promise<void> {
  const first = queue.length;
  runState.kind = file.kind;
  runState.file = file.name;
  try {
    await Promise.race([import(pathToFileURL(file.path).href), loadDeadline()]);
  } catch (error) {
    return problem(`${file.name} could not be loaded: ${inspect(error)}`);
  }
  for (const suite of runState.waiting) problem(`${suite}: never run, .run() is missing at its end`);
  if (queue.length === first && runState.waiting.size === 0) {
    problem(`${file.name}: no suite in it was run, .run() is missing at its end`);
  }
  runState.waiting.clear();
  for (let index = first; index < queue.length; index++) {
    queue[index] = watched(file, queue[index] as SuiteRun);
  }
}

async function loadDeadline(): Promise<never> {
  return await new Promise((_, reject) => {
    const late = () => reject(new Error(`still loading after ${LOAD_DEADLINE_MS / 1000} s`));
    setTimeout(late, LOAD_DEADLINE_MS).unref();
  });
}

function watched(file: TestFile, run: SuiteRun): SuiteRun {
  return async () => {
    runState.file = file.name;
    process.stdout.write(`${file.name} `);
    const result = await run();
    const [errors, passed, skipped, total] = result;
    tally.passed += passed;
    tally.skipped += skipped;
    tally.failed += total - passed;
    if (total === 0 && skipped === 0) problem(`${file.name}: a suite without a test`);
    if (errors === true && passed !== total)
      problems.push(`${file.name}: ${total - passed} ended without a verdict (a hook threw?)`);
    return result;
  };
}

function problem(message: string): void {
  problems.push(message);
  tally.failed++;
}

function finish(): void {
  finished = true;
  const { outcomes } = runState;
  const ran = outcomes.filter(({ state }) => state !== 'skipped').sort((a, b) => b.ms - a.ms);
  const line = ({ file, suite, test }: (typeof outcomes)[number]) => `${file}: ${suite} › ${test}`;
  if (options.verbose)
    section(
      'all',
      ran.map((outcome) => `${took(outcome.ms)}  ${line(outcome)}`),
    );
  else
    section(
      'slowest',
      ran.slice(0, 5).map((outcome) => `${took(outcome.ms)}  ${line(outcome)}`),
    );
  section(
    'skipped',
    outcomes
      .filter(({ state }) => state === 'skipped')
      .map((outcome) => `${line(outcome)}: ${outcome.reason}`),
  );
  section('failed', [...ran.filter(({ state }) => state === 'failed').map(line), ...problems]);
  process.stdout.write(`${tally.passed} passed, ${tally.failed} failed, ${tally.skipped} skipped\n`);
  if (tally.failed > 0) process.exitCode = 1;
}

function section(title: string, lines: readonly string[]): void {
  if (lines.length > 0) process.stdout.write(`${title}:\n${lines.map((line) => `  ${line}\n`).join('')}\n`);
}

function took(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`.padStart(9);
}
