import * as uvu from 'uvu';
import { plainError } from './plain-error.ts';
import { runState } from './run-state.ts';

export interface TestContext {
  /** Aborted when the test's deadline is over; pass it to everything that takes one. */
  readonly signal: AbortSignal;
}

export type TestBody = (context: TestContext) => unknown;

export interface TestOptions {
  /** Milliseconds until the test fails; 10 s in `unit`, 5 min in the other kinds. */
  readonly deadline?: number;
  /** Why it is not run here; false runs it. */
  readonly skip?: string | false;
}

export interface Suite {
  (name: string, body: TestBody, options?: TestOptions): void;
  /** Counts the test as skipped and shows the reason. */
  skip(name: string, reason: string, body?: TestBody): void;
  /** Hands the suite to the runner; nothing can be added afterwards. */
  run(): void;
}

/** Only so that what hangs ends: on a busy machine all takes its time. */
const UNIT_DEADLINE_MS = 60_000;
const ENGINE_DEADLINE_MS = 900_000;
const LONGEST_GRACE_MS = 15_000;

/**
 * A suite of tests on uvu, without its traps: every test has a deadline, a skip has a reason, whatever is thrown
 * is shown, and there are no hooks (uvu hides a test's failure when a hook throws): use `await using`.
 */
export function suite(name: string, defaults: TestOptions = {}): Suite {
  const inner = uvu.suite(name);
  const { file, kind, waiting } = runState;
  const key = `${file}: ${name}`;
  const deadline = defaults.deadline ?? (kind === 'unit' ? UNIT_DEADLINE_MS : ENGINE_DEADLINE_MS);
  let handedOver = false;
  if (waiting.has(key)) throw new Error(`two suites are called '${name}'`);
  waiting.add(key);

  function skip(test: string, reason: string): void {
    if (handedOver) throw new Error(`the test '${test}' comes after .run()`);
    inner.skip(test);
    runState.outcomes.push({ file, suite: name, test, state: 'skipped', ms: 0, reason });
  }

  function add(test: string, body: TestBody, options: TestOptions = {}): void {
    const reason = options.skip ?? defaults.skip;
    if (reason !== undefined && reason !== false) {
      skip(test, reason);
      return;
    }
    if (handedOver) throw new Error(`the test '${test}' comes after .run()`);
    inner(test, async () => {
      const started = performance.now();
      const end = (state: 'passed' | 'failed') =>
        runState.outcomes.push({ file, suite: name, test, state, ms: performance.now() - started });
      runState.current = `${name} › ${test}`;
      try {
        await withinDeadline(body, options.deadline ?? deadline);
        end('passed');
      } catch (error) {
        end('failed');
        throw plainError(error);
      } finally {
        runState.current = undefined;
      }
    });
  }

  function run(): void {
    if (handedOver) throw new Error(`the suite '${name}' is run twice`);
    handedOver = true;
    waiting.delete(key);
    inner.run();
  }

  return Object.assign(add, { skip, run });
}

/** Aborts the signal at the deadline and leaves the body a moment to tidy up before the test fails. */
async function withinDeadline(body: TestBody, ms: number): Promise<void> {
  const controller = new AbortController();
  const late = new Error(`still running after ${ms / 1000} s`);
  const running = (async () => void (await body({ signal: controller.signal })))();
  if ((await settled(running, ms)) === 'settled') return await running;
  controller.abort(late);
  await settled(running, Math.min(ms / 10, LONGEST_GRACE_MS));
  throw late;
}

async function settled(running: Promise<void>, ms: number): Promise<'settled' | 'late'> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => resolve('late'), ms);
  });
  const end = () => 'settled' as const;
  const winner = await Promise.race([running.then(end, end), late]);
  clearTimeout(timer);
  return winner;
}
