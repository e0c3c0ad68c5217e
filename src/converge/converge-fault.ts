import { Fault } from '../core/fault.ts';
import type { Provisioner } from './provisioner.ts';
import type { ResourceResult, StepResult } from './result.ts';

const LOOK_AROUND = '`bake image NAME --on-error shell` lets you look around in the machine.';

/** TOOL_MISSING: which program the base lacks, and the package that brings it. */
export function missingTools(missing: readonly Provisioner[], base: string): Fault {
  const tools = [...new Map(missing.map((provisioner) => [provisioner.program, provisioner])).values()];
  const [program, name] = [tools.map((tool) => tool.program), tools.map((tool) => tool.package)];
  const message = `${program.join(' and ')} ${program.length === 1 ? 'is' : 'are'} not in the base ${base}`;
  return new Fault('TOOL_MISSING', `${message}: include ${name.join(', ')}`, {
    hint: `Add ${name.join(', ')} to the packages of templates/bases/${base}.yaml.`,
    details: missing.map(({ step, program }) => `${step} needs ${program}`),
  });
}

/** CONVERGE_FAILED: each failed resource with its place and what the tool said. */
export function failedStep(result: StepResult, run: 'converge' | 'prove'): Fault {
  const failed = result.resources.filter(({ state }) => state === 'failed');
  const skipped = result.resources.filter(({ state }) => state === 'skipped').length;
  const count = `${failed.length} of ${result.resources.length} resources failed`;
  const message = `${result.step}: ${result.resources.length === 1 ? 'failed' : count}`;
  return new Fault('CONVERGE_FAILED', run === 'prove' ? `${message} in the second run` : message, {
    hint: LOOK_AROUND,
    details: [
      ...failed.flatMap(describeResource),
      ...(skipped > 0 ? [`${skipped} skipped, by a condition or because of what failed`] : []),
    ],
  });
}

/** TIMEOUT: a step that did not end, and the last lines that it said. */
export function stuckStep({ step, timeout }: Provisioner, tail: readonly string[], cause: Fault): Fault {
  return new Fault('TIMEOUT', `${step} did not end within ${timeout / 1000} s`, {
    hint: `Give the step a longer timeout, or find out what it waits for: ${LOOK_AROUND}`,
    details: tail,
    cause,
  });
}

/** `Service[nginx] provisioners/puppet/web.pp:12: message`, the message's further lines indented below. */
export function describeResource({ resource, file, line, message }: ResourceResult): string[] {
  const place = file === undefined ? '' : `${file}${line === undefined ? '' : `:${line}`}`;
  const head = resource === file ? place : `${resource} ${place}`.trimEnd();
  const [first = '', ...rest] = (message ?? '').trimEnd().split('\n');
  return [first === '' ? head : `${head}: ${first}`, ...rest.map((text) => `  ${text}`)];
}
