/** Of a template that names no type of instance. */
export const BAKED_ON = 't3.small';

/**
 * What an instance type runs, as AWS calls it: a `g` after the generation is Graviton (t4g, c6gn, is4gen), and so is a1
 * ("Amazon EC2 instance type naming conventions").
 */
export function architectureOf(type: string): 'x86_64' | 'arm64' {
  return /^(?:a1\.|[a-z]+\d+[a-z-]*g)/.test(type) ? 'arm64' : 'x86_64';
}
