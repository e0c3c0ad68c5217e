import { Fault } from '../core/fault.ts';
import { shellJoin } from '../core/shell-quote.ts';
import type { FoundRecord, RecordDefect } from './record-file.ts';

/** Which record it is, and where its bytes are. */
export interface RecordPlace {
  readonly template: string;
  readonly version: number;
  readonly file: string;
}

/** The fault for a record that is there and cannot be had; its first detail is the file. */
export function damagedRecord(
  { template, version, file }: RecordPlace,
  { kind, why, cause }: Extract<FoundRecord, { kind: RecordDefect }>,
): Fault {
  const name = `${template}@${version}`;
  const damage = kind === 'torn' ? 'is damaged' : 'cannot be read';
  return new Fault('RECORD_DAMAGED', `the record of ${name} ${damage}: ${why}`, {
    hint: {
      torn: `Restore the file from a backup, or set it aside with \`bake gc\`: if ${name} is the newest, the image before it is then. A new bake is newer than both: \`bake image ${template}\`.`,
      foreign: `Work with the Kiln that wrote it; \`bake list ${template}\` shows the images that this one knows.`,
      unreadable: 'Mend what keeps this user from reading the file; other images are not affected.',
    }[kind],
    details: [file],
    ...(cause === undefined ? {} : { cause }),
  });
}

/** The fault for a record that was set aside in `file`, and would be `home` again. */
export function asideRecord(
  { template, version, file }: RecordPlace,
  home: string,
  found: Exclude<FoundRecord, { kind: 'absent' }>,
): Fault {
  const why = found.kind === 'whole' ? 'it is whole now' : found.why;
  const back = `\`${shellJoin(['mv', file, home])}\``;
  return new Fault(
    'RECORD_DAMAGED',
    `the record of ${template}@${version} was set aside as damaged: ${why}`,
    {
      hint:
        found.kind === 'whole'
          ? `Move it back: ${back}.`
          : `Restore it from a backup, or put it right, and move it back: ${back}. Or give it up, so that what is pruned can be told again: \`${shellJoin(['rm', file])}\`.`,
      details: [file],
    },
  );
}
