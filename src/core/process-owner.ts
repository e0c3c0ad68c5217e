import { readFile } from 'node:fs/promises';

/**
 * What a living process writes into what it owns, so that this can be told from what a killed one has left: its id, its
 * start in ticks and the host's boot, since ids come again, in a container at each start.
 */
export async function ownerOf(pid: number): Promise<string> {
  const [stat, boot] = await Promise.all([
    readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ''),
    readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => ''),
  ]);
  return ownerText(pid, stat, boot);
}

/** The same of what was read already: proc(5)'s `stat` of the process, and the boot's id. */
export function ownerText(pid: number, stat: string, boot: string): string {
  return `${pid} ${startOf(stat) ?? 'gone'} ${boot.trim()}\n`;
}

/** Whether the process that wrote this text lives. */
export async function ownerLives(owner: string): Promise<boolean> {
  const now = await ownerOf(Number.parseInt(owner, 10));
  return owner === now && !now.includes(' gone ');
}

/** Whether there is a process with this id, whichever it is. */
export async function processLives(pid: number): Promise<boolean> {
  return !(await ownerOf(pid)).includes(' gone ');
}

/** Field 22 of proc(5)'s `stat`; nothing of a process that has ended and that nobody has waited for. */
function startOf(stat: string): string | undefined {
  // The second field, a program's name in brackets, may hold blanks and brackets.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' ? undefined : fields[19];
}
