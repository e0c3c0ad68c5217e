import { execFile } from 'node:child_process';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { ScheduleFile } from '../../../../src/app/schedule/schedule.ts';

const run = promisify(execFile);
const NOBODY = '65534';

/** What systemd itself understands of a service: its settings by name, in their order. */
export interface ReadUnit {
  readonly settings: ReadonlyMap<string, readonly string[]>;
  /** The words of `ExecStartPre` and `ExecStart`. */
  readonly commands: readonly (readonly string[])[];
}

/** Writes units into a folder that everybody may read. */
export async function writeUnits(folder: string, files: readonly ScheduleFile[]): Promise<string[]> {
  await chmod(folder, 0o755);
  const paths = files.map(({ name }) => join(folder, name));
  for (const [index, { text }] of files.entries()) await writeFile(paths[index] as string, text);
  return paths;
}

/** Has systemd read a service of a folder and print what it is; it does so for nobody who is root. */
export async function readUnit(folder: string, unit: string, signal: AbortSignal): Promise<ReadUnit> {
  const runtime = join(folder, 'runtime');
  await mkdir(runtime);
  await chmod(runtime, 0o777);
  const drop = process.getuid?.() === 0 ? ['setpriv', '--reuid', NOBODY, '--clear-groups'] : [];
  const [program = '', ...argv] = [
    ...drop,
    ...['env', '-i', `HOME=${runtime}`, `XDG_RUNTIME_DIR=${runtime}`, `SYSTEMD_UNIT_PATH=${folder}:`],
    ...['LC_ALL=C.UTF-8', '/lib/systemd/systemd', '--test', '--user', '--no-pager', `--unit=${unit}`],
  ];
  const { stdout } = await run(program, argv, { signal, maxBuffer: 1 << 24 });
  const all = stdout.split('\n');
  const start = all.findIndex((line) => line.includes(`-> Unit ${unit}:`));
  const rest = all.slice(start + 1);
  const end = rest.findIndex((line) => line.includes('-> Unit '));
  const settings = new Map<string, string[]>();
  for (const line of end < 0 ? rest : rest.slice(0, end)) {
    const [, name, value] = /^\s*([A-Z][A-Za-z ]*): (.*)$/.exec(line) ?? [];
    if (name !== undefined && value !== undefined) settings.set(name, [...(settings.get(name) ?? []), value]);
  }
  const commands = settings.get('Command Line') ?? [];
  return { settings, commands: await Promise.all(commands.map(shellWords)) };
}

/** The words that a shell makes of a line; systemd prints `~`, `*` and `?` as they are, which mean nothing here. */
export async function shellWords(line: string): Promise<string[]> {
  const { stdout } = await run('sh', ['-fc', `printf '%s\\0' ${line}`], { env: { HOME: '~' } });
  return stdout.split('\0').slice(0, -1);
}
