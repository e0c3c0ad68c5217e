import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '../..');
const SHIPPED = /^src\/(cli\/(?:bake|launch))\.ts$/;

let built = false;

/**
 * Node.js's arguments for a program of the project: the two commands as they are shipped, compiled anew where something
 * of them has changed; any other from its source.
 */
export function programOf(file: string): string[] {
  const [, command] = SHIPPED.exec(file) ?? [];
  if (command === undefined) return ['--import', import.meta.resolve('tsx'), resolve(ROOT, file)];
  if (!built) execFileSync(resolve(ROOT, 'scripts/build'), { stdio: ['ignore', 'inherit', 'inherit'] });
  built = true;
  return [resolve(ROOT, `dist/${command}.js`)];
}
