import type { Refusal } from '../../catalogue/promotion.ts';
import type { ImageRecord } from '../../catalogue/record.ts';
import { Fault } from '../../core/fault.ts';
import { shellJoin } from '../../core/shell-quote.ts';
import type { ImageRequest } from './choose-image.ts';

/** The fault that says why an image may not go to an environment, and how to go on. */
export function notPromoted(
  { environment: { name }, template, wanted, override }: ImageRequest,
  record: Pick<ImageRecord, 'name'> | undefined,
  refusals: readonly Refusal[],
): Fault {
  const [first] = refusals;
  const more = refusals.length > 1 ? `, and ${refusals.length - 1} more` : '';
  const command = ['launch', template, '--env', name];
  const image = record !== undefined && wanted !== undefined ? ['--image', record.name] : [];
  const anyway =
    record === undefined
      ? `Or say which image${override === undefined ? ' and why' : ''}: \`${shellJoin([...command, '--image'])} ${template}@VERSION --override REASON\`.`
      : `Or say why it must go all the same: \`${shellJoin([...command, ...image])} --override REASON\`.`;
  // What may not be passed over is not offered to be.
  const never = record !== undefined && refusals.some(({ overridable }) => !overridable);
  return new Fault(
    'NOT_PROMOTED',
    `${record?.name ?? template} may not go to ${name}: ${first?.message ?? 'there is none'}${more}`,
    {
      details: refusals.length > 1 ? refusals.map(({ message }) => message) : [],
      hint: [first?.hint, never ? '' : anyway].filter(Boolean).join(' '),
    },
  );
}
