/** What an instance is called in its environment: `web-1`. */
export function nodeOf({ template, slot }: { readonly template: string; readonly slot: number }): string {
  return `${template}-${slot}`;
}
