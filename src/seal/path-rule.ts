/** Paths of one kind, and what they are. Paths have no leading slash. */
export interface PathRule {
  readonly what: string;
  readonly paths: RegExp;
  /** A folder that is called so stays: a daemon may want it, and what is in it has a fate of its own. */
  readonly filesOnly?: true;
}

/** One expression for the paths of several rules; with `s`, as a file's name may hold a line break. */
export function anyOf(rules: readonly PathRule[]): RegExp {
  return new RegExp(rules.map(({ paths }) => paths.source).join('|'), 's');
}
