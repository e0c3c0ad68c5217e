import { shortDigest } from '../core/digest.ts';
import { formatAge } from './age.ts';
import { cleanLine } from './clean-line.ts';
import { type Paint, plain } from './paint.ts';
import { type PortView, portsText } from './ports-text.ts';
import { formatTable } from './table.ts';

/** What runs and what comes next, as `launch status` shows it. */
export interface StatusView {
  readonly instances: readonly {
    readonly environment: string;
    readonly node: string;
    readonly image: string;
    readonly digest: string;
    readonly platform: string;
    readonly form: string;
    readonly startedAt: string;
    readonly publish: readonly PortView[];
    readonly cloud?: { readonly id: string; readonly address?: string };
    readonly health: string;
    readonly drift: string;
    /** What is wrong with it. */
    readonly why: readonly string[];
    /** What is only to be known. */
    readonly notes: readonly string[];
  }[];
  readonly next: readonly {
    readonly environment: string;
    readonly template: string;
    readonly image?: string;
    readonly state: 'current' | 'waiting' | 'refused';
    readonly why?: string;
  }[];
  readonly broken: readonly { readonly environment: string; readonly why: string }[];
}

const HEADING = ['ENVIRONMENT', 'INSTANCE', 'IMAGE', 'DIGEST', 'PLATFORM', 'FORM', 'AGE', 'PORTS'];

/** One line for each instance, then what is wrong with any, then what waits to be launched. */
export function statusLines(
  { instances, next, broken }: StatusView,
  { paint = plain, now }: { readonly paint?: Paint; readonly now: Date },
): string[] {
  const atCloud = instances.some(({ cloud }) => cloud !== undefined);
  const heading = [...HEADING, ...(atCloud ? ['AT'] : []), 'HEALTH', 'DRIFT'];
  const rows = instances.map((one) => [
    one.environment,
    one.node,
    one.image,
    shortDigest(one.digest),
    one.platform,
    shortDigest(one.form),
    formatAge(one.startedAt, now),
    portsText(one.publish),
    ...(atCloud ? [[one.cloud?.id, one.cloud?.address].filter((text) => text !== undefined).join(' ')] : []),
    one.health,
    one.drift,
  ]);
  const troubles = instances.flatMap(({ environment, node, why, notes }) => [
    ...why.map((reason) => cleanLine(`${paint('red', '✗')} ${environment} ${node}: ${reason}`)),
    ...notes.map((note) => cleanLine(`! ${environment} ${node}: ${note}`)),
  ]);
  return [
    ...(rows.length === 0 ? ['nothing runs'] : formatTable(heading, rows).map(cleanLine)),
    ...troubles,
    ...next.flatMap((one) => nextLines(one)),
    ...broken.map(({ environment, why }) =>
      cleanLine(`${paint('red', '✗')} ${environment}: ${why}; bake lint shows them`),
    ),
  ];
}

function nextLines({ environment, template, image, state, why }: StatusView['next'][number]): string[] {
  switch (state) {
    case 'current':
      return [];
    case 'waiting':
      return [cleanLine(`→ ${environment}: ${image} waits; launch ${template} --env ${environment}`)];
    case 'refused':
      return [cleanLine(`→ ${environment}: ${why}`)];
  }
}
