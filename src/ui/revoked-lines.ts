import { cleanLine } from './clean-line.ts';
import { type RevocationView, revocationLines } from './revocation-lines.ts';
import { formatTable } from './table.ts';

/** What `bake revoke` did, and what it is about. */
export interface RevokedView extends RevocationView {
  readonly already: boolean;
  readonly basedOn: readonly string[];
  readonly instances: readonly {
    readonly environment: string;
    readonly template: string;
    readonly node: string;
    readonly platform: string;
    readonly image: string;
    readonly running: boolean;
  }[];
  readonly silent: readonly { readonly platform: string; readonly why: string; readonly mayRun: boolean }[];
  readonly damaged: readonly string[];
}

/** That it is revoked, which images go with it, what runs of them, and what to do about that. */
export function revokedLines(revoked: RevokedView): string[] {
  const { image, basedOn, instances, silent, damaged } = revoked;
  const templates = [...new Set([image, ...basedOn].map((name) => name.replace(/@.*$/, '')))];
  const launches = [...new Set(instances.map((one) => `launch ${one.template} --env ${one.environment}`))];
  const rows = instances.map((one) => [
    one.environment,
    one.node,
    one.image,
    one.platform,
    one.running ? 'runs on' : 'has ended',
  ]);
  return [
    ...revocationLines(revoked),
    ...(basedOn.length === 0 ? [] : [`what is based on it cannot be launched either: ${basedOn.join(', ')}`]),
    ...(rows.length === 0
      ? []
      : formatTable(['ENVIRONMENT', 'INSTANCE', 'IMAGE', 'PLATFORM', 'STATE'], rows)),
    ...(damaged.length === 0
      ? []
      : [
          `! whether these are based on it nobody knows, as their records are damaged: ${damaged.join(', ')}`,
        ]),
    ...silent.map(({ platform, why, mayRun }) =>
      mayRun
        ? `! ${platform} cannot be asked what it runs of it: ${why}; see launch status once it answers`
        : `! ${platform} cannot be asked, and nothing says that it runs anything: ${why}`,
    ),
    ...next(
      templates.map((name) => `bake image ${name}`),
      launches,
      silent.some(({ mayRun }) => mayRun),
    ),
  ].map(cleanLine);
}

/** What replaces it where it runs: images that are good, each baked after its base, launched there. */
function next(bakes: readonly string[], launches: readonly string[], unclear: boolean): string[] {
  const steps = ['mend what it was revoked for, as the same bytes stay revoked', ...bakes, ...launches];
  if (launches.length > 0 || unclear) return [`→ next: ${steps.join(', then ')}`];
  return [`nothing of it runs; once it is mended, ${bakes[0]} makes a new one`];
}
