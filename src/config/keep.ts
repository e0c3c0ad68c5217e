import { z } from 'zod';
import { always, hasUnknownKey, listed } from './exactly-one.ts';

const PERIODS = ['last', 'daily', 'weekly', 'monthly'] as const;
/** More than anybody has, and far from where counting ends. */
const MOST = 1_000_000;

const last = z.int().min(1).max(MOST).describe('How many of the newest images are kept.');
const periods = (one: string) =>
  z.int().min(0).max(MOST).describe(`For how many ${one} the newest image of each is kept (UTC).`);

/** Which images of a template `bake prune` keeps, as they are written into a template or the defaults. */
export const keepShape = {
  last: last.exactOptional(),
  daily: periods('days that have one').exactOptional(),
  weekly: periods('ISO weeks that have one').exactOptional(),
  monthly: periods('months that have one').exactOptional(),
};

/** The same of a template, which has to say how many of something. */
export const keepSchema = z
  .strictObject(keepShape)
  .superRefine((value, context) => {
    if (hasUnknownKey(context) || PERIODS.some((period) => Object.hasOwn(value, period))) return;
    const message = `needs at least one of ${listed(PERIODS, 'or')}: without \`keep\` nothing is pruned`;
    context.addIssue({ code: 'custom', message });
  }, always)
  .describe('Which images `bake prune` keeps; without it, it prunes none of this template.');
