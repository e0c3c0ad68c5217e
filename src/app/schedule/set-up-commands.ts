/** What makes `npx bake` and an engine be there in a fresh checkout; as root, on Debian. */
export function setUpCommands(kiln: boolean): string[] {
  return kiln ? ['make setup-vm engine build'] : ['npm ci'];
}

/** The first line of a file for several machines. */
export function whatItDoes(shards: number): string {
  return `# Rebuilds every image from clean${shards === 1 ? '' : `, divided between ${shards} machines`}.`;
}
