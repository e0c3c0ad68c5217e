/** The kinds of tests, each a folder under `test/`: `unit` needs nothing, the others a real engine. */
export const KINDS = ['unit', 'docker', 'qemu', 'ec2'] as const;
export type Kind = (typeof KINDS)[number];

export function isKind(word: string): word is Kind {
  return KINDS.some((kind) => kind === word);
}
