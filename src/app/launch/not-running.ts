import { suggestion } from '../../config/nearest.ts';
import { Fault } from '../../core/fault.ts';

/** `INSTANCE_UNKNOWN` for a name that nothing of an environment has, with the nearest of those that run there. */
export function notRunning(environment: string, name: string, running: Iterable<string>): Fault {
  const hint = suggestion(name, [...running], 'it runs') ?? 'nothing runs there';
  return new Fault('INSTANCE_UNKNOWN', `${environment} runs no ${name}`, { hint });
}
