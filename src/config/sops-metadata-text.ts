import { type SopsRule, type SopsStanza, VERSION } from './sops-metadata.ts';
import { scalarText } from './sops-plain.ts';

/** The block in the layout that SOPS gives it, ending with a line break. */
export function metadataText(
  stanzas: readonly SopsStanza[],
  {
    rule,
    lastModified,
    mac,
    version = VERSION,
  }: { rule: SopsRule; lastModified: string; mac: string; version?: string },
): string {
  const age = stanzas.filter(({ kind }) => kind === 'age');
  const pgp = stanzas.filter(({ kind }) => kind === 'pgp');
  const ruleLines = [`    ${rule.key}: ${scalarText(rule.text)}`];
  const isEarly = rule.key.startsWith('encrypted');
  const lines = [
    'sops:',
    ...(age.length === 0 ? [] : ['    age:']),
    ...age.flatMap(({ id, enc }) => [...encLines('- ', enc), `          recipient: ${id}`]),
    ...(isEarly ? ruleLines : []),
    `    lastmodified: ${JSON.stringify(lastModified)}`,
    `    mac: ${mac}`,
    ...(pgp.length === 0 ? [] : ['    pgp:']),
    ...pgp.flatMap(({ id, enc, created = lastModified }) => [
      `        - created_at: ${JSON.stringify(created)}`,
      ...encLines('  ', enc),
      `          fp: ${scalarText(id)}`,
    ]),
    ...(isEarly ? [] : ruleLines),
    `    version: ${version}`,
  ];
  return `${lines.join('\n')}\n`;
}

function encLines(lead: string, enc: string): string[] {
  const lines = enc.trimEnd().split('\n');
  const head = `        ${lead}enc: ${enc.endsWith('\n') ? '|' : '|-'}`;
  return [head, ...lines.map((line) => (line === '' ? '' : `            ${line}`))];
}
