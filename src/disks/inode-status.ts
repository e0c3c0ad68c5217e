import type { Answers } from './answers.ts';

/** What debugfs's `stat` tells of an inode beside what a folder's entry does. */
export interface InodeStatus {
  /** Whole seconds since 1970. */
  readonly mtime: number;
  /** Of a symlink that is in the inode itself. */
  readonly target?: Buffer;
  readonly device?: readonly [number, number];
  /** `security.capability` in base64. */
  readonly capability?: string;
}

const HEAD = /^(?:debugfs: +)?Inode: (\d+) +Type: /;
const MTIME = /^ ?mtime: 0x([0-9a-f]{8})(?::([0-9a-f]{8}))? /;
const DEVICE = /Device major\/minor number: \d+:\d+ \(hex ([0-9a-f]+):([0-9a-f]+)\)$/;
const CAPABILITY = /^ {2}security\.capability \(\d+\) = ((?:[0-9a-f]{2} )+)$/;
const LINK = 'Fast link dest: "';

/** Reads the answer to `stat <inode>`; `size` is the length of what a symlink in the inode says. */
export async function readStatus(answers: Answers, inode: number, size: number): Promise<InodeStatus> {
  const head = await answers.line();
  if (HEAD.exec(head ?? '')?.[1] !== String(inode))
    throw new Error(`inode ${inode} was asked for, and the answer is: ${head}`);
  let status: InodeStatus | undefined;
  // The next answer begins with a `d`, and no line of this one does.
  while (![undefined, 0x64].includes(await answers.peek())) {
    const line = (await answers.line()) ?? '';
    const mtime = MTIME.exec(line);
    if (mtime !== null) status = { ...status, mtime: secondsOf(mtime[1] ?? '', mtime[2]) };
    if (status === undefined) continue;
    const device = DEVICE.exec(line);
    if (device !== null)
      status = {
        ...status,
        device: [Number.parseInt(device[1] ?? '', 16), Number.parseInt(device[2] ?? '', 16)],
      };
    const capability = CAPABILITY.exec(line)?.[1];
    if (capability !== undefined)
      status = {
        ...status,
        capability: Buffer.from(capability.replaceAll(' ', ''), 'hex').toString('base64'),
      };
    if (line.startsWith(LINK)) status = { ...status, target: await readTarget(answers, line, size) };
  }
  if (status === undefined) throw new Error(`inode ${inode} has no time`);
  return status;
}

/** It is written as it is, newlines included, between quotation marks. */
async function readTarget(answers: Answers, line: string, size: number): Promise<Buffer> {
  let said = line.slice(LINK.length);
  while (said.length < size + 1) {
    const more = await answers.line();
    if (more === undefined) throw new Error('a symlink is cut short');
    said += `\n${more}`;
  }
  if (said.length !== size + 1 || !said.endsWith('"'))
    throw new Error('a symlink has another length than it says');
  return Buffer.from(said.slice(0, -1), 'latin1');
}

/** 32 bits with a sign, and two more in the lowest bits of the second word. */
function secondsOf(low: string, extra = '0'): number {
  return (Number.parseInt(low, 16) | 0) + (Number.parseInt(extra, 16) & 3) * 2 ** 32;
}
