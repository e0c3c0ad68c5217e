import { join } from 'node:path';
import type { ImageRecord } from '../../catalogue/record.ts';
import type { BakeStage, Reporter } from '../../core/events.ts';
import { Fault } from '../../core/fault.ts';
import { newBakeId } from '../../core/ids.ts';
import type { Scope } from '../../core/scope.ts';
import type { Machine } from '../../platforms/platform.ts';
import type { BakeryPorts } from '../bakery.ts';
import { stillThere } from '../prune/still-there.ts';
import { recordedScope } from '../recorded-scope.ts';
import { type Stages, stagesOf } from '../stages.ts';
import { STARTED_FORMS, type StartedForm, startForm } from './start-form.ts';

/** Everything outside this process that a check works with. */
export interface CheckPorts extends Pick<BakeryPorts, 'docker' | 'qemu' | 'catalogue' | 'home'> {
  readonly reporter: Reporter;
  readonly say: (message: string) => void;
}

/** Which image, `web` or `web@7`, and from which of its forms; the container image, where it has one, when not given. */
export interface WhichImage {
  readonly image: string;
  readonly form?: StartedForm;
}

/** A machine of an image that nothing has run on before. */
export interface FreshMachine {
  /** The run's, which marks what it makes. */
  readonly id: string;
  readonly record: ImageRecord;
  readonly form: StartedForm;
  readonly machine: Machine;
  readonly stages: Stages<BakeStage>;
  readonly scope: Scope;
}

/** Starts a fresh machine of an image, works with it, and removes it whatever comes of that. */
export async function onFreshMachine<T>(
  { image, form: wanted }: WhichImage,
  ports: CheckPorts,
  signal: AbortSignal,
  work: (fresh: FreshMachine) => Promise<T>,
): Promise<T> {
  const { name, digest } = await ports.catalogue.get(image);
  const { reporter, home } = ports;
  const id = newBakeId();
  const log = join(home, 'logs', `${id}.log`);
  const started = performance.now();
  const scope = recordedScope(home, { run: id, what: `check of ${name}` }, (outcome) =>
    reporter.emit({ type: 'cleanup', image: name, outcome }),
  );
  const stages = stagesOf<BakeStage>(name, reporter);
  reporter.emit({ type: 'run-started', kind: 'check', image: name, run: id, log });
  try {
    scope.begin();
    scope.intend({ kind: 'uses', image: name, digest });
    const record = await stillThere(name, ports, signal);
    const form = formOf(record, wanted);
    const machine = await stages.run('start', (log) =>
      startForm(record, form, { ...ports, id }, { scope, log, signal }),
    );
    const result = await work({ id, record, form, machine, stages, scope });
    await scope.close();
    reporter.emit({ type: 'run-done', image: name, name, ms: Math.round(performance.now() - started) });
    return result;
  } catch (error) {
    await scope.close();
    reporter.emit({ type: 'run-failed', image: name, error, log });
    throw error;
  }
}

function formOf({ name, template, forms }: ImageRecord, wanted: StartedForm | undefined): StartedForm {
  const kinds = forms.map(({ kind }) => kind);
  const form = STARTED_FORMS.find((kind) => kinds.includes(kind) && (wanted ?? kind) === kind);
  if (form !== undefined) return form;
  const lacking = wanted ?? 'oci';
  throw new Fault('FORM_MISSING', `${name} has no form ${lacking} to start a machine from`, {
    hint: `Its forms are ${kinds.join(', ')}. Bake one that has it: \`bake image ${template} --forms ${[...kinds, lacking].join(',')}\`.`,
  });
}
