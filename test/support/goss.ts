import { createReadStream, existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Machine } from '../../src/platforms/platform.ts';
import { runScript } from './run-script.ts';

const BINARY = join(import.meta.dirname, '../goss/.built/goss');

/** Why checks cannot be held against the real goss; false when they can. `REQUIRE=goss` throws it instead. */
export const noGoss = reason();

function reason(): string | false {
  if (existsSync(BINARY)) return false;
  const why = 'goss is not built (make setup-test builds it, where there is Go and its module proxy)';
  if ((process.env['REQUIRE'] ?? '').split(/[\s,]+/).includes('goss'))
    throw new Error(`REQUIRE names goss, but ${why}`);
  return why;
}

/** What goss says of one attribute; `absent` stands for nothing at all. */
export type GossOutcome = 'passed' | 'failed' | 'skipped' | 'absent';

interface GossResult {
  readonly 'resource-type': string;
  readonly 'resource-id': string;
  readonly property: string;
  readonly result: number;
}

/** Attributes that goss calls otherwise in its results than in its files. */
const ATTRIBUTES: Readonly<Record<string, string>> = { linkedto: 'linked-to', version: 'versions' };

const OUTCOMES = ['passed', 'failed', 'skipped'] as const;

/** Copies goss into a machine, where it stays. */
export async function installGoss(machine: Machine, signal: AbortSignal): Promise<void> {
  const argv = ['sh', '-c', 'cat >/opt/goss && chmod 755 /opt/goss'];
  const { exitCode, stderr } = await machine.exec(argv, {
    signal,
    timeout: 60_000,
    stdin: createReadStream(BINARY),
  });
  if (exitCode !== 0) throw new Error(`goss could not be copied: ${stderr}`);
}

/** What goss makes of a file in a machine, by `kind name: attribute` in our words; `checks` are those that the file has. */
export async function askGoss(
  machine: Machine,
  file: string,
  checks: object,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, GossOutcome>> {
  await runScript(machine, `cat >/opt/goss.yaml <<'GOSS'\n${file}GOSS\n`, signal);
  const argv = ['/opt/goss', '-g', '/opt/goss.yaml', 'validate', '--format', 'json', '--no-color'];
  const { stdout, stderr } = await machine.exec(argv, { signal, timeout: 120_000 });
  if (!stdout.startsWith('{')) throw new Error(`goss could not read the checks: ${stdout}${stderr}`);
  const { results } = JSON.parse(stdout) as { results: GossResult[] };
  return new Map(results.map((result) => [keyOf(result, checks), OUTCOMES[result.result] ?? 'failed']));
}

/** goss calls a resource by its type in Go, and by its key and its subject where they differ. */
function keyOf({ 'resource-type': type, 'resource-id': id, property }: GossResult, checks: object): string {
  const kind = type === 'KernelParam' ? 'kernel-param' : type.toLowerCase();
  const named = Object.keys((checks as Record<string, object>)[kind] ?? {});
  const name = named.includes(id) ? id : named.find((one) => id.startsWith(`${one}: `));
  if (name === undefined) throw new Error(`goss names a ${type} that was not asked for: ${id}`);
  const lower = property.toLowerCase();
  return `${kind} ${name}: ${ATTRIBUTES[lower] ?? lower}`;
}
