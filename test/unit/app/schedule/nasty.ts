import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FleetNightly, HostNightly } from '../../../../src/app/schedule/schedule.ts';

/** A folder's name with all that means something to somebody who reads a schedule; it ends with a blank. */
// biome-ignore lint/suspicious/noTemplateCurlyInString: GitHub reads it
export const NASTY = 'é 日 \'a\' "b" %h %% $HOME $$ ${{ x }} $(id) `id` \\% \\\\ \\n #c; &* x:  y ';

/** Characters of which such names are made, for properties. */
export const CHARACTERS = [...' %"\'\\$();#&*`:-_ax0é日{}[]!|>,?@~=+^<'];

/** A file that writes what it was called with, and where, as JSON into the file that RECORD names. */
const RECORDER = `
  const { writeFileSync } = require('node:fs');
  const { argv, env } = process;
  writeFileSync(env.RECORD, JSON.stringify({ argv: argv.slice(2), cwd: process.cwd(), env }));
  console.log('recorded');
  console.error('and said so');
  process.exit(Number(env.EXIT ?? 0));
`;

/** A workspace and a program below folders with nasty names. */
export async function nastyHost() {
  const root = await mkdtemp(join(tmpdir(), 'kiln-schedule-'));
  const workspace = join(root, 'ws', NASTY);
  const program = join(root, 'bin', NASTY, 'bake.cjs');
  await mkdir(workspace, { recursive: true });
  await mkdir(join(program, '..'), { recursive: true });
  await writeFile(program, RECORDER);
  const record = join(root, 'record.json');
  const nightly: HostNightly = {
    name: 'kiln-nightly',
    at: { hour: 2, minute: 30 },
    workspace,
    program: [process.execPath, program],
    environment: { PATH: '/usr/bin:/bin', KILN_HOME: join(root, NASTY), RECORD: record },
    reports: join(root, NASTY, 'reports'),
    root: true,
    home: root,
  };
  return {
    nightly,
    record,
    root,
    [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }),
  };
}

/** What a scheduler of many machines is told. */
export function fleet(own: Partial<FleetNightly> = {}): FleetNightly {
  return {
    name: 'kiln-nightly',
    at: { hour: 2, minute: 30 },
    workspace: '/srv/images',
    shards: 3,
    folder: '.',
    kiln: true,
    ...own,
  };
}
