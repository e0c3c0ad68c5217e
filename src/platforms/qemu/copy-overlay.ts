import { Fault } from '../../core/fault.ts';
import { sleep } from '../../core/wait.ts';
import { DISK_NODE } from './qemu-command.ts';
import type { Qmp, QmpWait } from './qmp.ts';

/** One copy at a time is made of a machine's disk; whoever makes it holds a lock. */
const JOB = 'kiln-copy';
const NODE = 'kiln-copy-target';
const POLL_MS = 50;
const CLEANUP_MS = 15_000;
const COPY_MS = 10 * 60_000;

interface Job {
  readonly id: string;
  readonly status: string;
  readonly error?: string;
}

/**
 * Copies what a running machine has written, as it is at one moment, into a qcow2 file that was made for it on the same
 * disk; what the machine writes meanwhile waits until the old is copied. `QEMU_FAILED`, `DISK_FULL`.
 */
export async function copyOverlay(qmp: Qmp, target: string, signal: AbortSignal): Promise<void> {
  const wait: QmpWait = { signal };
  await endCopy(qmp, wait);
  try {
    await qmp.execute(
      'blockdev-add',
      // Without what it stands on, which is neither read nor written here.
      { driver: 'qcow2', 'node-name': NODE, backing: null, file: { driver: 'file', filename: target } },
      wait,
    );
    const how = { sync: 'top', 'auto-dismiss': false, 'auto-finalize': true };
    await qmp.execute('blockdev-backup', { 'job-id': JOB, device: DISK_NODE, target: NODE, ...how }, wait);
    const { error } = await concluded(qmp, COPY_MS, wait);
    if (error !== undefined) throw failed(target, error);
  } finally {
    await endCopy(qmp, { signal: AbortSignal.timeout(CLEANUP_MS) });
  }
}

/** Ends the copy that is being made, if one is, and lets go of its file: ours, or that of a process that was killed. */
export async function endCopy(qmp: Qmp, wait: QmpWait): Promise<void> {
  if (!qmp.isOpen()) return;
  const job = await jobNow(qmp, wait);
  if (job !== undefined) {
    if (job.status !== 'concluded') {
      await qmp.execute('job-cancel', { id: JOB }, wait);
      await concluded(qmp, CLEANUP_MS, wait);
    }
    await qmp.execute('job-dismiss', { id: JOB }, wait);
  }
  const nodes = await qmp.execute<{ 'node-name'?: string }[]>(
    'query-named-block-nodes',
    { flat: true },
    wait,
  );
  if (nodes.some((node) => node['node-name'] === NODE))
    await qmp.execute('blockdev-del', { 'node-name': NODE }, wait);
}

async function concluded(qmp: Qmp, within: number, wait: QmpWait): Promise<Job> {
  const deadline = performance.now() + within;
  for (;;) {
    const job = await jobNow(qmp, wait);
    if (job?.status === 'concluded') return job;
    if (job === undefined || performance.now() > deadline)
      throw new Fault('QEMU_FAILED', `QEMU did not copy the disk within ${within / 1000} s`);
    await sleep(POLL_MS, wait.signal);
  }
}

async function jobNow(qmp: Qmp, wait: QmpWait): Promise<Job | undefined> {
  const jobs = await qmp.execute<Job[]>('query-jobs', {}, wait);
  return jobs.find(({ id }) => id === JOB);
}

function failed(target: string, error: string): Fault {
  if (/no space left/i.test(error))
    return new Fault('DISK_FULL', `no space was left to copy a machine’s disk to ${target}`, {
      hint: 'Free some space in $KILN_HOME.',
    });
  return new Fault('QEMU_FAILED', `QEMU could not copy the machine’s disk: ${error}`);
}
