import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';

/** Files below these folders that hold the text. Where a container's layers lie merged, they are read once, below. */
export async function filesWith(
  text: string,
  folders: readonly string[],
  signal: AbortSignal,
): Promise<string[]> {
  // By stdin: a program's words can be read by all, and are searched too.
  const passedOver = ['merged', 'rootfs', 'netns'].map((name) => `--exclude-dir=${name}`);
  const words = ['-rlaF', '--devices=skip', ...passedOver, '-f', '-', ...folders];
  const { exitCode, stdout, stderr } = await execa('grep', words, {
    input: text,
    reject: false,
    cancelSignal: signal,
  });
  if (exitCode === undefined || (exitCode > 1 && !/No such file/.test(stderr))) throw new Error(stderr);
  return stdout.split('\n').filter((line) => line !== '');
}

/** What of the host's processes shows the text: `/proc/PID/cmdline`, `/proc/PID/environ`. */
export async function processesWith(text: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const paths = pids.flatMap((pid) => [join('/proc', pid, 'cmdline'), join('/proc', pid, 'environ')]);
  const found = await Promise.all(
    paths.map(async (path) => ((await readFile(path).catch(() => '')).includes(text) ? path : undefined)),
  );
  return found.filter((path) => path !== undefined);
}
