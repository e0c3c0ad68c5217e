import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { text } from 'node:stream/consumers';
import { connectEngine } from '../../src/platforms/docker/engine.ts';
import { addressOf } from '../../src/platforms/docker/find-engine.ts';
import { cleanEngine } from './clean-engine.ts';
import { REPOSITORY } from './machine.ts';
import { programOf } from './program.ts';

export interface Ran {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly signal: AbortSignal;
  readonly env?: Readonly<Record<string, string>>;
  /** What it can read from stdin; nothing at all when not given. */
  readonly stdin?: string;
  /** Called when the program was started, with what ends it by a signal, and with its end. */
  readonly onStart?: (kill: (signal: NodeJS.Signals) => void, ended: Promise<unknown>) => void;
  /** Called with each piece of stderr, and with what ends the program by a signal. */
  readonly onStderr?: (text: string, kill: (signal: NodeJS.Signals) => void) => void;
}

/** A workspace of its own with a catalogue of its own, on the engine that is there. */
export interface BakeWorkspace extends AsyncDisposable {
  readonly root: string;
  readonly home: string;
  /** Runs the command line `bake …` in the workspace, as a person would. */
  bake(argv: readonly string[], options: RunOptions): Promise<Ran>;
  /** The same with `launch …`. */
  launch(argv: readonly string[], options: RunOptions): Promise<Ran>;
  write(files: Readonly<Record<string, string>>): Promise<void>;
  /** Everything in the catalogue and the folder for temporary files, less the logs. */
  files(): Promise<string[]>;
}

/**
 * Makes a workspace of these files and of this repository's bases. Its templates must be called `test-…`, and so must
 * its environments: what they were baked to and what was launched is removed from the engine in the end.
 */
export async function bakeWorkspace(files: Readonly<Record<string, string>>): Promise<BakeWorkspace> {
  const folder = await mkdtemp(join(tmpdir(), 'kiln-test-'));
  const root = join(folder, 'workspace');
  const home = join(folder, 'home');
  const temporary = join(folder, 'tmp');
  const write = async (more: Readonly<Record<string, string>>) => {
    for (const [path, content] of Object.entries(more)) {
      await mkdir(dirname(join(root, path)), { recursive: true });
      await writeFile(join(root, path), content);
    }
  };
  // apt reads what is bootstrapped in there as a user of its own
  await chmod(folder, 0o755);
  await mkdir(temporary);
  await cp(join(REPOSITORY, 'templates/bases'), join(root, 'templates/bases'), { recursive: true });
  await write(files);
  const env = {
    KILN_HOME: home,
    TMPDIR: temporary,
    // where the keys of whoever runs the tests are not
    XDG_CONFIG_HOME: join(folder, 'config'),
    ...(await engineOfThisRun()),
  };
  return {
    root,
    home,
    write,
    bake: (argv, options) => run('bake', argv, root, env, options),
    launch: (argv, options) => run('launch', argv, root, env, options),
    async files() {
      const found = await Promise.all([filesIn(home), filesIn(temporary)]);
      return found.flat().map((path) => relative(folder, path));
    },
    async [Symbol.asyncDispose]() {
      await cleanEngine();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A private engine is found by the KILN_HOME that it is in, which is not the workspace's. */
async function engineOfThisRun(): Promise<Record<string, string>> {
  const { address } = await connectEngine(AbortSignal.timeout(10_000));
  return address.how === 'private engine' ? { DOCKER_HOST: addressOf(address) } : {};
}

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => !entry.isDirectory() && !entry.name.endsWith('.log'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

async function run(
  verb: 'bake' | 'launch',
  argv: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>>,
  options: RunOptions,
): Promise<Ran> {
  const child = spawn(process.execPath, [...programOf(`src/cli/${verb}.ts`), ...argv], {
    cwd,
    env: { ...withoutKeys(process.env), NO_COLOR: '1', ...env, ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
    signal: options.signal,
  });
  // a program may end before it has read all
  child.stdin.on('error', () => {}).end(options.stdin);
  const kill = (signal: NodeJS.Signals) => void child.kill(signal);
  child.stderr.on('data', (piece: Buffer) => options.onStderr?.(piece.toString(), kill));
  options.onStart?.(kill, once(child, 'exit'));
  const [stdout, stderr, [exitCode]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  return { exitCode: exitCode as number | null, stdout, stderr };
}

function withoutKeys(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('SOPS_AGE_')));
}
