import type { EnvironmentImage } from '../../config/environment.ts';
import type { PublishRange } from '../../config/publish-range.ts';
import { canonicalJson } from '../../core/digest.ts';
import { together } from '../../core/together.ts';
import { dataFault } from '../../environments/data-problem.ts';
import { variablesOf } from '../../environments/read-levels.ts';
import { type Change, changes } from './changes.ts';
import { dataOf, type SettledKey } from './data-of.ts';
import { nodeOf } from './node.ts';
import type { OpenedEnvironment } from './open-environment.ts';

/** What differs for one image. */
export interface ImageChange {
  readonly template: string;
  /** The one environment that runs it, where the other does not. */
  readonly only?: 'before' | 'after';
  readonly settings: readonly Change[];
  /** Every key that any level has, declared or not, one line for each part of a map. */
  readonly data: readonly DataChange[];
}

export interface DataChange extends Change<SettledKey> {
  /** Whose change it is, where it is not that of all. */
  readonly node?: string;
}

/** Compares what two environments say of one template's image; one of them may not run it. */
export async function imageChange(
  template: string,
  old: OpenedEnvironment,
  now: OpenedEnvironment,
  signal: AbortSignal,
): Promise<ImageChange> {
  const [before, after] = [own(old.config.images, template), own(now.config.images, template)];
  const only = before === undefined ? 'after' : after === undefined ? 'before' : undefined;
  const settings = changes(imageSettings(template, before), imageSettings(template, after));
  // whoever does not run it has the role from the other, so that what it would get there is seen too
  const roleOf = (image: EnvironmentImage | undefined) => (image ?? before ?? after)?.role ?? template;
  const slots = Math.max(before?.count ?? 0, after?.count ?? 0);
  const nodes = Array.from({ length: slots }, (_, index) => nodeOf({ template, slot: index + 1 }));
  const found: { readonly node: string; readonly changes: readonly Change<SettledKey>[] }[] = [];
  for (const node of dependsOnNode(old) || dependsOnNode(now) ? nodes : nodes.slice(0, 1)) {
    const [olds, nows] = await together(signal, [
      (both) => valuesFor(old, { role: roleOf(before), node }, both),
      (both) => valuesFor(now, { role: roleOf(after), node }, both),
    ]);
    found.push({ node, changes: changes(olds, nows, ({ value }) => value) });
  }
  return { template, ...(only === undefined ? {} : { only }), settings, data: ofAllNodes(found) };
}

/** What is the same change for all nodes, once; then what is one node's own. */
function ofAllNodes(
  found: readonly { readonly node: string; readonly changes: readonly Change<SettledKey>[] }[],
): DataChange[] {
  const counts = new Map<string, number>();
  for (const change of found.flatMap((one) => one.changes)) {
    const text = canonicalJson(change);
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  const isShared = (change: Change<SettledKey>) => counts.get(canonicalJson(change)) === found.length;
  return [
    ...(found[0]?.changes ?? []).filter(isShared),
    ...found.flatMap(({ node, changes: all }) =>
      all.filter((change) => !isShared(change)).map((change) => ({ ...change, node })),
    ),
  ];
}

async function valuesFor(
  { name, hierarchy }: OpenedEnvironment,
  asker: { readonly role: string; readonly node: string },
  signal: AbortSignal,
): Promise<ReadonlyMap<string, SettledKey>> {
  const { values, problems } = await dataOf(hierarchy, { env: name, ...asker }, signal);
  const fault = dataFault(problems, `${name} for ${asker.node}`);
  if (fault !== undefined) throw fault;
  return values;
}

function dependsOnNode({ hierarchy }: OpenedEnvironment): boolean {
  return variablesOf(hierarchy).has('node');
}

function imageSettings(template: string, image: EnvironmentImage | undefined): ReadonlyMap<string, unknown> {
  if (image === undefined) return new Map();
  const { platform, count, publish, role = template, 'check-before-swap': check } = image;
  return new Map<string, unknown>([
    ['count', count],
    ['publish', publish.map(publishText)],
    ['role', role],
    ['check-before-swap', check],
    ['on-request', image['on-request']],
    ...(platform === undefined ? [] : [['platform', platform] as const]),
  ]);
}

/** As docker writes it: `8080-8081:80`. */
function publishText({ host, from, to, port, protocol }: PublishRange): string {
  const address = host === undefined ? '' : `${host.includes(':') ? `[${host}]` : host}:`;
  return `${address}${from}${to === from ? '' : `-${to}`}:${port}${protocol === 'udp' ? '/udp' : ''}`;
}

function own<T>(record: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}
