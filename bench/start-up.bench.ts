import { join } from 'node:path';
import { inTurn, report } from './measure.ts';

/** How long `bake --help` takes beside a node that does nothing. Run after `make build`. */
const bake = join(import.meta.dirname, '../dist/cli/bake.js');
const [help = 0, bare = 0] = inTurn(15, [
  [process.execPath, bake, '--help'],
  [process.execPath, '-e', '0'],
]);
report(
  'bake --help ÷ node -e 0',
  `${(help / bare).toFixed(2)} (${help.toFixed(0)} ms ÷ ${bare.toFixed(0)} ms)`,
  'under 3',
);
