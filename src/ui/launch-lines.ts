import { shortDigest } from '../core/digest.ts';
import { cleanLine } from './clean-line.ts';
import { formatDuration } from './duration.ts';
import { type Paint, plain } from './paint.ts';
import { type PortView, portsText } from './ports-text.ts';

/** What became of one image in an environment, as `launch` shows it. */
export interface LaunchView {
  readonly environment: string;
  readonly template: string;
  readonly record?: { readonly name: string; readonly digest: string };
  readonly reason?: string;
  readonly previous?: string;
  readonly overridden: readonly string[];
  readonly places: readonly {
    readonly node: string;
    readonly state: 'launched' | 'unchanged' | 'restored' | 'removed';
    readonly why?: string;
    readonly publish: readonly PortView[];
    readonly ms?: number;
  }[];
  readonly failure?: object;
}

/** One line for each image, one under it for each of its instances. */
export function launchLines(outcomes: readonly LaunchView[], paint: Paint = plain): string[] {
  if (outcomes.length === 0)
    return ['nothing to launch: the environment declares no image, or only such as are launched by name'];
  return outcomes.flatMap((outcome) => outcomeLines(outcome, paint));
}

function outcomeLines(outcome: LaunchView, paint: Paint): string[] {
  const { places, failure, overridden } = outcome;
  if (failure !== undefined && places.length === 0) return [];
  const mark = failure === undefined ? paint('green', '✔') : paint('red', '✗');
  return [
    `${mark} ${headline(outcome)}`,
    ...overridden.map((message) => cleanLine(`  overridden: ${message}`)),
    ...places.map((place) => cleanLine(`  ${placeText(place)}`)),
  ];
}

/** `prod  app@3  sha256:0bb676d62fa7…  staging runs it, app@2 before` */
function headline({ environment, template, record, reason, previous }: LaunchView): string {
  if (record === undefined) return cleanLine(`${environment}  ${template}`);
  const about = [reason, previous === undefined ? undefined : `${previous} before`]
    .filter(Boolean)
    .join(', ');
  return cleanLine(
    `${environment}  ${record.name}  sha256:${shortDigest(record.digest)}…  ${about}`.trimEnd(),
  );
}

function placeText({ node, state, why, publish, ms }: LaunchView['places'][number]): string {
  const parts = [
    node,
    state === 'restored' ? 'serves again' : state,
    portsText(publish),
    ms === undefined ? '' : formatDuration(ms),
    why === undefined ? '' : `(${why})`,
  ];
  return parts.filter((part) => part !== '').join('  ');
}
