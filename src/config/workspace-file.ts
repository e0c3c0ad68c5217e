import { posix } from 'node:path';
import { z } from 'zod';
import { imageName, text } from './text.ts';

/** What `kiln.yaml` says of a workspace. */
export interface WorkspaceFile {
  /** Folders of environments, relative to the workspace or absolute, in the order in which they are searched. */
  readonly environments: readonly string[];
  readonly nightly?: NightlySettings;
}

/** What a nightly rebuild does besides baking. */
export interface NightlySettings {
  /** The environment in which the newest images are launched. */
  readonly launch?: string;
  /** Whether images that no rule keeps are removed. */
  readonly prune?: boolean;
}

export const WORKSPACE_FILE = 'kiln.yaml';
export const DEFAULT_WORKSPACE_FILE: WorkspaceFile = { environments: ['environments'] };

const folder = text
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  .refine((path) => !/[\u0000-\u001f\u007f]/.test(path), 'must not contain control characters')
  .transform((path) => posix.normalize(path).replace(/(?<=.)\/$/, ''));

/** `kiln.yaml` at the workspace's root, which can be left out. */
export const workspaceFileSchema: z.ZodType<WorkspaceFile> = z
  .strictObject({
    environments: z
      .array(folder)
      .min(1, 'must name at least one folder')
      .superRefine((folders, context) => {
        for (const [index, path] of folders.entries()) {
          if (folders.indexOf(path) === index) continue;
          context.addIssue({ code: 'custom', path: [index], message: 'is in the list already' });
        }
      })
      .prefault([...DEFAULT_WORKSPACE_FILE.environments])
      .describe('Folders of environments; they may be in other checkouts. The first ones come first.'),
    nightly: z
      .strictObject({
        launch: imageName
          .exactOptional()
          .describe('The environment in which the newest images are launched, as its rules let them in.'),
        prune: z
          .boolean()
          .exactOptional()
          .describe('Whether images that `keep:` in their templates does not keep are removed in the end.'),
      })
      .exactOptional()
      .describe('What `bake nightly` does besides baking.'),
  })
  .meta({ title: 'Kiln workspace', description: 'Where the parts of a workspace are.' });
