import { type CheckedImage, checkImage } from '../../app/check/check-image.ts';
import { openChecks } from '../../app/check/open-checks.ts';
import { openWorkspace } from '../../app/open-workspace.ts';
import { loadChecks } from '../../config/load-checks.ts';
import { Fault } from '../../core/fault.ts';
import { redactAll } from '../../core/redaction.ts';
import { allReporters } from '../../ui/all-reporters.ts';
import { checkLines } from '../../ui/check/check-lines.ts';
import { checkJunit } from '../../ui/check/junit.ts';
import { checkTap } from '../../ui/check/tap.ts';
import type { CheckView } from '../../ui/check/view.ts';
import { logFile } from '../../ui/log-file.ts';
import { paintFor } from '../../ui/paint.ts';
import type { Answer, VerbContext } from '../answer.ts';
import type { CheckFlags } from '../check-flags.ts';

/** `bake check NAME`: runs the template's checks on a fresh machine of an image; unhealthy is exit code 1. */
export async function check(name: string, flags: CheckFlags, context: VerbContext): Promise<Answer> {
  const { image = name, form, file, format = 'table', json = false } = flags;
  if (json && flags.format !== undefined && format !== 'json') {
    throw new Fault('USAGE', `--json and --format ${format} both want stdout`, {
      hint: 'Leave one of them out.',
    });
  }
  const { workspace, signal, display } = context;
  const { templates } = await openWorkspace(workspace, [name], signal);
  const [template] = templates;
  if (template === undefined) throw new Error('the workspace gave no template');
  const checks = file === undefined ? template.checks : await loadChecks(file, signal);

  const say = (message: string) => display.say(message);
  const logged = logFile({ onTrouble: say });
  try {
    const ports = { ...openChecks(signal), reporter: allReporters([logged, display]), say };
    const asked = { image, checks, probe: template.probe, ...(form === undefined ? {} : { form }) };
    const { failures, ...view } = await checkImage(asked, ports, signal);
    return { lines: linesOf(view, failures, format), json: view, exitCode: view.healthy ? 0 : 1 };
  } finally {
    await logged.close();
  }
}

function linesOf(
  whole: CheckView,
  failures: CheckedImage['failures'],
  format: NonNullable<CheckFlags['format']>,
): readonly string[] {
  if (format === 'json') return [];
  if (format === 'table') return checkLines(whole, failures, paintFor(process.stdout, process.env));
  // Before it is escaped: nobody would know a secret with a quote in it after that.
  const view = redactAll(whole);
  return (format === 'junit' ? checkJunit(view) : checkTap(view)).trimEnd().split('\n');
}
