import { spawn } from 'node:child_process';
import type { ExecResult, Init, Machine } from '../../../src/platforms/platform.ts';

/** Facts by their key, as a machine would print them. */
export type FakeFacts = Readonly<Record<string, string>>;

/** A machine of which only exec exists. */
export function machineWith(exec: Machine['exec'], options: { init?: Init; address?: string } = {}): Machine {
  const never = () => {
    throw new Error('a check uploads and downloads nothing');
  };
  return {
    id: 'fake',
    platform: 'docker',
    init: options.init ?? 'systemd',
    address: options.address,
    enter: [],
    exec,
    upload: never,
    download: never,
    remove: never,
  };
}

/** Answers each round's program with the facts that `answer` gives for it; rounds count from 1. */
export function answering(
  answer: (round: number, program: string) => FakeFacts,
  options: { init?: Init; address?: string } = {},
): Machine & { rounds(): number } {
  let round = 0;
  const machine = machineWith(async (_argv, { stdin }) => {
    round += 1;
    const program = String(stdin);
    const boundary = /([0-9a-f]{32}) "\$1"/.exec(program)?.[1];
    const facts = { ...answer(round, program), end: '' };
    const stdout = Object.entries(facts).map(([key, value]) => `\n${boundary} ${key}\n${value}`);
    return { exitCode: 0, stdout: `${stdout.join('')}\n`, stderr: '' };
  }, options);
  return { ...machine, rounds: () => round };
}

/** This host's own shell as the machine's: for the program itself, which needs no engine. */
export function localShell(shell: readonly string[] = ['sh'], options: { address?: string } = {}): Machine {
  return machineWith(
    (_argv, { stdin }) =>
      new Promise<ExecResult>((resolve, reject) => {
        const [program = 'sh', ...rest] = shell;
        const child = spawn(program, rest);
        const output = { stdout: '', stderr: '' };
        child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
        child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
        child.on('error', reject);
        child.on('close', (code) => resolve({ exitCode: code ?? 137, ...output }));
        child.stdin.end(String(stdin));
      }),
    { ...options, init: 'none' },
  );
}
