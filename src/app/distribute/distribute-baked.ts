import type { ImageRecord } from '../../catalogue/record.ts';
import type { Reporter } from '../../core/events.ts';
import type { Bake } from '../bake.ts';
import { distributeAmi } from './distribute-ami.ts';
import { asksForDistribution } from './distribute-ports.ts';
import type { Distribution } from './distribution.ts';

/**
 * Brings the AMI of an image that was just published, or confirmed, to where its template wants it; nothing where it has
 * none or its template wants nothing. The image stays published whatever becomes of it: what fails, or was not begun,
 * is in the outcome, and `bake distribute` does it later.
 */
export async function distributeBaked(
  { template, stages, catalogue, amis, home }: Bake,
  record: ImageRecord,
  reporter: Reporter,
  signal: AbortSignal,
): Promise<Distribution | undefined> {
  const form = record.forms.find(({ kind }) => kind === 'ami');
  if (form?.kind !== 'ami' || !template.forms.includes('ami') || !asksForDistribution(template.ami))
    return undefined;
  if (record.resumed !== undefined) {
    stages.skip('distribute', 'it was baked from a checkpoint: only dev takes it');
    return undefined;
  }
  try {
    return await stages.run('distribute', async (log) => {
      const ports = {
        catalogue,
        amis,
        home,
        note: (message: string) => log.note(message),
        onCleanup: (outcome: Parameters<Parameters<typeof distributeAmi>[3]['onCleanup']>[0]) =>
          reporter.emit({ type: 'cleanup', image: template.name, outcome }),
      };
      return await distributeAmi(record, template.ami, [], ports, signal);
    });
  } catch (error) {
    const { region, id } = form;
    const failed = { region, id, state: 'failed', changed: [] } as const;
    return { image: record.name, regions: [{ ...failed, error: signal.aborted ? signal.reason : error }] };
  }
}
