import type { ChangelogView } from './diff-view.ts';

/** What the changelogs of upgraded packages say, at most so many lines of each package. */
export function changelogLines(changelogs: readonly ChangelogView[], limit: number): string[] {
  if (changelogs.length === 0) return [];
  return ['changelogs:', ...changelogs.flatMap((one) => packageLines(one, limit).map((line) => `  ${line}`))];
}

function packageLines({ packages, from, to, entries, cut, unknown }: ChangelogView, limit: number): string[] {
  const title = `${packages.join(', ')} ${from} → ${to}`;
  if (unknown !== undefined) return [`${title}: ${unknown}`];
  const lines = entries.flatMap((entry) => [
    `${entry.version} (${entry.about})`,
    ...entry.lines.map((line) => `  ${line.trimStart()}`),
  ]);
  const shown = lines.length <= limit + 1 ? lines : lines.slice(0, limit);
  const more = lines.length - shown.length;
  return [
    title,
    ...shown.map((line) => `  ${line}`),
    ...(more === 0 ? [] : [`  … and ${more} more lines; --all shows them`]),
    ...(cut && more === 0 ? ['  … and more, which is left out'] : []),
  ];
}
