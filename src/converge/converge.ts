import type { StageLog } from '../core/events.ts';
import { Fault } from '../core/fault.ts';
import type { ExecResult, Machine } from '../platforms/platform.ts';
import { failedStep, missingTools, stuckStep } from './converge-fault.ts';
import { planSteps } from './plan-steps.ts';
import type { Command, Provisioner } from './provisioner.ts';
import type { ResourceResult, StepResult } from './result.ts';
import type { Step } from './step.ts';

export interface ConvergeOptions {
  /** The folder in the machine where the bundle is unpacked. */
  readonly bundle: string;
  /** The base's name, for messages. */
  readonly base: string;
  /** The first run, or the second that proves it. */
  readonly run: 'converge' | 'prove';
  /** How many steps have run in the machine before and are left out now; none when it is not given. */
  readonly after?: number;
  /** Called when a step has run well, with its number from 1, before the next one begins. */
  readonly onStep?: (step: number) => Promise<void>;
  readonly log: StageLog;
  readonly signal: AbortSignal;
}

const QUICK_MS = 60_000;
const TAIL_LINES = 20;

/**
 * Runs each step in order and gives what happened to each of their resources. The tools of all steps must be there, also
 * of those that are left out.
 *
 * Throws TOOL_MISSING before the first step, CONVERGE_FAILED at the first step that fails, with every failed
 * resource in the details, and TIMEOUT for a step that does not end.
 */
export async function converge(
  machine: Machine,
  steps: readonly Step[],
  options: ConvergeOptions,
): Promise<StepResult[]> {
  const provisioners = planSteps(steps);
  await requireTools(machine, provisioners, options);
  const { after = 0, onStep } = options;
  const results: StepResult[] = [];
  for (const [index, provisioner] of provisioners.entries()) {
    if (index < after) continue;
    const started = performance.now();
    const { version, resources } = await runStep(machine, provisioner, options);
    const ms = Math.round(performance.now() - started);
    const result = { step: provisioner.step, tool: provisioner.tool, version, ms, resources };
    if (resources.some(({ state }) => state === 'failed')) throw failedStep(result, options.run);
    results.push(result);
    await onStep?.(index + 1);
  }
  return results;
}

type Ran = Pick<StepResult, 'version' | 'resources'>;

async function runStep(machine: Machine, provisioner: Provisioner, options: ConvergeOptions): Promise<Ran> {
  const version = await versionOf(machine, provisioner, options);
  const [file = provisioner.step] = provisioner.paths;
  const settled = (state: ResourceResult['state'], message: string): Ran => ({
    version,
    resources: [{ resource: file, state, file, message }],
  });
  if (provisioner.unproven !== undefined && options.run === 'prove')
    return settled('skipped', provisioner.unproven);
  const { guard } = provisioner;
  if (guard !== undefined && (await holds(machine, provisioner, guard.command, options))) {
    return settled('unchanged', guard.says);
  }
  const read = await runTool(machine, provisioner, options);
  const failed = read.resources.some(({ state }) => state === 'failed');
  if (guard !== undefined && !failed && !(await holds(machine, provisioner, guard.command, options))) {
    return settled('failed', `ran, but its guard still says that it has to run: ${guard.says}`);
  }
  return { version: read.version ?? version, resources: read.resources };
}

async function runTool(machine: Machine, provisioner: Provisioner, options: ConvergeOptions) {
  const { bundle } = options;
  if (provisioner.prepare !== undefined) await execQuick(machine, provisioner.prepare, options);
  const ran = await execStep(machine, provisioner, provisioner.run, options);
  const report =
    provisioner.report === undefined ? '' : await readReport(machine, provisioner.report, options);
  const read = provisioner.read({ ...ran, report, bundle });
  if (provisioner.succeeds.includes(ran.exitCode) || read.resources.some(({ state }) => state === 'failed'))
    return read;
  return { ...read, resources: [...read.resources, unexplained(provisioner, ran)] };
}

/** The tool failed and neither its report nor its errors say why: a crash. Its last lines are all there is. */
function unexplained(
  { step, program }: Provisioner,
  { exitCode, stdout, stderr }: ExecResult,
): ResourceResult {
  const tail = `${stdout}\n${stderr}`.trim().split('\n').slice(-TAIL_LINES).join('\n');
  return {
    resource: step,
    state: 'failed',
    message: `${program} exited with ${exitCode}\n${tail}`.trimEnd(),
  };
}

async function holds(machine: Machine, provisioner: Provisioner, command: Command, options: ConvergeOptions) {
  const { exitCode } = await execStep(machine, provisioner, command, options);
  return exitCode === 0;
}

/** Runs a command with the step's deadline; a TIMEOUT then names the step and shows what it said last. */
async function execStep(
  machine: Machine,
  provisioner: Provisioner,
  command: Command,
  options: ConvergeOptions,
) {
  const tail: string[] = [];
  const onLine = (line: string) => {
    if (tail.push(line) > TAIL_LINES) tail.shift();
    options.log.output(line);
  };
  const { signal, bundle } = options;
  try {
    const { argv, env } = command;
    return await machine.exec(argv, { signal, timeout: provisioner.timeout, env, cwd: bundle, onLine });
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== 'TIMEOUT') throw error;
    throw stuckStep(provisioner, tail, error);
  }
}

async function readReport(machine: Machine, path: string, options: ConvergeOptions): Promise<string> {
  const { stdout } = await execQuick(machine, { argv: ['cat', path], env: {} }, options);
  return stdout;
}

async function versionOf(
  machine: Machine,
  { version }: Provisioner,
  options: ConvergeOptions,
): Promise<string> {
  if (version === undefined) return 'unknown';
  const { stdout } = await execQuick(machine, version, options);
  return stdout.trim() || 'unknown';
}

async function requireTools(
  machine: Machine,
  provisioners: readonly Provisioner[],
  options: ConvergeOptions,
) {
  const programs = [...new Set(provisioners.map(({ program }) => program))];
  const script = 'for program; do command -v "$program" >/dev/null || echo "$program"; done';
  const { stdout } = await execQuick(
    machine,
    { argv: ['sh', '-c', script, 'sh', ...programs], env: {} },
    options,
  );
  const absent = stdout.split('\n');
  const missing = provisioners.filter(({ program }) => absent.includes(program));
  if (missing.length > 0) throw missingTools(missing, options.base);
}

async function execQuick(machine: Machine, { argv, env }: Command, { bundle, signal }: ConvergeOptions) {
  return await machine.exec(argv, { signal, timeout: QUICK_MS, env, cwd: bundle });
}
