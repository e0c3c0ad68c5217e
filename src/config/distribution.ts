import { z } from 'zod';
import { age } from './age.ts';

const REGION = /^[a-z]{2,3}(-[a-z]+)+-\d{1,2}$/;
const KEY = /^(alias\/[\w/-]+|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|mrk-[0-9a-f]{32})$/;
const KEY_ARN = /^arn:aws[a-z-]*:kms:([a-z0-9-]+):\d{12}:(key|alias)\/[\w/-]+$/;
const YEAR_MS = 365 * 86_400_000;

const account = z
  .string({ error: 'must be an account in quotes, as in "012345678901"' })
  .regex(/^\d{12}$/, 'is not an account, which has 12 digits');

const accounts = z.array(account).prefault([]);

const copyTarget = z.strictObject({
  'kms-key': z
    .string()
    .refine((key) => KEY.test(key) || KEY_ARN.test(key), 'is not a KMS key: its ARN, its id or alias/NAME')
    .exactOptional()
    .describe('The key of that region that the copy is encrypted with.'),
});

const shareSchema = z
  .strictObject({
    accounts: accounts.describe('Accounts that may launch it.'),
    organizations: z
      .array(
        z
          .string()
          .regex(
            /^arn:aws[a-z-]*:organizations::\d{12}:organization\/o-[a-z0-9]{10,32}$/,
            'is not the ARN of an organization',
          ),
      )
      .prefault([])
      .describe('Organizations whose accounts may launch it: ARNs.'),
    'organizational-units': z
      .array(
        z
          .string()
          .regex(
            /^arn:aws[a-z-]*:organizations::\d{12}:ou\/o-[a-z0-9]{10,32}\/ou-[a-z0-9]{4,32}-[a-z0-9]{8,32}$/,
            'is not the ARN of an organizational unit',
          ),
      )
      .prefault([])
      .describe('Units of an organization whose accounts may launch it: ARNs.'),
    snapshots: accounts.describe('Accounts that may copy it, and make volumes of its snapshots.'),
  })
  .describe('Who may use it besides its account, in every region: exactly these.');

/** Where an AMI is copied to, who may use it, and until when. */
export const distributionShape = {
  copy: z
    .record(z.string().regex(REGION, 'is not a region of AWS, as in eu-central-1'), copyTarget)
    .superRefine((targets, context) => {
      for (const [region, target] of Object.entries(targets)) {
        const [, of] = KEY_ARN.exec(target['kms-key'] ?? '') ?? [];
        if (of === undefined || of === region) continue;
        const message = `is a key of ${of}: a copy is encrypted with a key of its own region`;
        context.addIssue({ code: 'custom', path: [region, 'kms-key'], message });
      }
    })
    .exactOptional()
    .describe('Regions that get a copy, each with a key of its own if it is to have one.'),
  share: shareSchema.exactOptional(),
  'deprecate-after': age
    .refine((ms) => ms <= 10 * YEAR_MS, 'is longer than AWS takes, which is 10 years')
    .exactOptional()
    .describe('How long after its bake nobody should launch it any more, as in 90d; the AMI is marked so.'),
};
