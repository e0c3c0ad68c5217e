import { shortDigest } from '../core/digest.ts';
import { formatBytes, formatGrowth } from './bytes.ts';
import { cleanLine } from './clean-line.ts';
import { formatDuration, formatSeconds } from './duration.ts';
import { type Paint, plain } from './paint.ts';
import { type RevocationView, revocationText } from './revocation-lines.ts';

/** What a finished bake's summary is made of; sizes in bytes, times in ms. */
export interface SummaryInput {
  /** `web@7` */
  readonly name: string;
  readonly digest: string;
  readonly bytes: number;
  /** The size of the image that it follows. */
  readonly bytesBefore?: number;
  readonly totalMs: number;
  readonly stages: readonly StageTime[];
  /** The image that it follows and what differs: `4 packages upgraded, 1 added`. */
  readonly since?: { readonly name: string; readonly lines: readonly string[] };
  /** Why it must not be launched, from the beginning. */
  readonly revoked?: RevocationView;
}

export interface StageTime {
  readonly stage: string;
  readonly ms: number;
  /** Where a stage does several things side by side: `oci` and `disk` of verify. */
  readonly parts?: readonly { readonly name: string; readonly ms: number }[];
}

/** The lines that a finished bake ends with. */
export function summaryLines(input: SummaryInput, paint: Paint = plain): string[] {
  const growth = input.bytesBefore === undefined ? '' : ` (${formatGrowth(input.bytes, input.bytesBefore)})`;
  const lines = [
    [
      `${paint('green', '✔')} ${paint('bold', input.name)}`,
      `sha256:${shortDigest(input.digest)}…`,
      `${formatBytes(input.bytes)}${growth}`,
      formatDuration(input.totalMs),
    ].join('  '),
  ];
  const times = input.stages.map(stageTime).filter((time) => time !== '');
  if (times.length > 0) lines.push(`  ${times.join(' · ')}`);
  if (input.since !== undefined) {
    const { name, lines: differences } = input.since;
    lines.push(`  since ${name}: ${differences.length === 0 ? 'no difference' : differences.join(' · ')}`);
  }
  if (input.revoked !== undefined) {
    const why = revocationText(input.revoked, input.name);
    lines.push(cleanLine(`! no environment takes ${input.name}: it is revoked, ${why}`));
  }
  return lines;
}

/** `converge 28.4`, or nothing for a stage that took no time worth a word. */
function stageTime({ stage, ms, parts }: StageTime): string {
  if (parts !== undefined && parts.length > 0)
    return [stage, ...parts.map((part) => `${part.name} ${formatSeconds(part.ms)}`)].join(' ');
  return ms < 50 ? '' : `${stage} ${formatSeconds(ms)}`;
}
