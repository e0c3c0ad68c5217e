import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLaunchHistory } from '../src/catalogue/launch-history.ts';
import { digestOf } from '../src/core/digest.ts';
import { median, report } from './measure.ts';

/** How long the history of an environment takes to answer where a rollback leads, beside the mere parsing of its JSON. */
const LAUNCHES = 50_000;
const ROUNDS = 5;
const at = '2026-11-24T12:00:00.000Z';
const home = await mkdtemp(join(tmpdir(), 'kiln-bench-'));
try {
  const lines = Array.from({ length: LAUNCHES }, (_, index) => {
    const about = { launch: `3h2k9x4p-${index}`, template: 'web', at };
    const begin = { by: 'alice@build', environment: 'prod', action: 'launch', image: `web@${index + 1}` };
    const end = { result: 'healthy', ms: 9800, instances: ['web-1'] };
    return [
      JSON.stringify({ kind: 'kiln.launch/v1', ...about, ...begin, digest: digestOf(String(index)) }),
      JSON.stringify({ kind: 'kiln.launch-end/v1', ...about, ...end }),
    ];
  }).flat();
  await mkdir(join(home, 'launches'));
  await writeFile(join(home, 'launches/prod.jsonl'), `${lines.join('\n')}\n`);
  const history = openLaunchHistory(home);
  const current = digestOf(String(LAUNCHES - 1));
  const asked: number[] = [];
  const parsed: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    asked.push(await timed(() => history.previousHealthy('prod', 'web', current)));
    parsed.push(await timed(() => lines.map((line) => JSON.parse(line))));
  }
  const [question, json] = [median(asked), median(parsed)];
  report(
    `where a rollback leads, of ${LAUNCHES} launches`,
    `${Math.round(question)} ms, ${(question / json).toFixed(1)} × parsing its JSON`,
    'under 4 × parsing',
  );
} finally {
  await rm(home, { recursive: true, force: true });
}

async function timed(work: () => unknown): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}
