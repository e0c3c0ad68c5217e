import {
  closeSync,
  futimesSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { asideOf } from './aside.ts';
import { Fault } from './fault.ts';
import { fullDisk } from './full-disk.ts';
import type { Intent, Intention } from './intention.ts';
import { type HeaderLine, LEDGER_KIND, type LedgerLine } from './ledger-line.ts';
import { HEARTBEAT_MS, thisOwner } from './run-owner.ts';

/** What one run is about to make, as `bake gc` reads it when the run was killed. */
export interface Ledger {
  /** Writes the intention; call it before anything of it is made. `DISK_FULL`, `FILE_MISSING`. */
  intend(intention: Intention): Intent;
  /** The run has ended; the ledger goes, unless something of it is `left`. */
  end(left: boolean): void;
}

/** Where the ledgers of a `$KILN_HOME` are. */
export function ledgersIn(home: string): string {
  return join(home, 'ledger');
}

/**
 * Opens the ledger of one run, `HOME/ledger/RUN.jsonl`, when it first intends something. `what` is for people:
 * `bake web`.
 *
 * A line is written before the call that it is about, by a write that has returned: whatever kills this process then,
 * the kernel has it. Only the loss of the host's power could take it, and that mostly takes what the call has made, too;
 * to wait for the disk at each line would make a bake slower for that alone.
 */
export function openLedger(
  home: string,
  { run, what }: { readonly run: string; readonly what: string },
): Ledger {
  const file = join(ledgersIn(home), `${run}.jsonl`);
  let written: number | undefined;
  let count = 0;
  let ended = false;
  let beating: NodeJS.Timeout | undefined;

  function begin(): number {
    const at = new Date().toISOString();
    const header: HeaderLine = { kind: LEDGER_KIND, run, what, at, owner: thisOwner() };
    mkdirSync(ledgersIn(home), { recursive: true });
    // Nobody finds one that does not say whose it is.
    const aside = asideOf(file);
    writeFileSync(aside, `${JSON.stringify(header)}\n`, { flag: 'wx', mode: 0o644 });
    renameSync(aside, file);
    const fd = openSync(file, 'a');
    beating = setInterval(() => beat(fd), HEARTBEAT_MS).unref();
    return fd;
  }

  function append(line: LedgerLine): void {
    try {
      written ??= begin();
      const text = `${JSON.stringify(line)}\n`;
      if (writeSync(written, text) < Buffer.byteLength(text))
        throw Object.assign(new Error('a short write'), { code: 'ENOSPC' });
    } catch (error) {
      throw unwritable(error, file);
    }
  }

  /** What it says is only so that less has to be looked for. */
  function note(line: LedgerLine): void {
    try {
      if (!ended) append(line);
    } catch {
      // The disk is full, or the folder is gone.
    }
  }

  return {
    intend(intends) {
      if (ended) throw new Error(`${what}: it has ended, and intends ${intends.kind}`);
      const n = ++count;
      append({ n, at: new Date().toISOString(), intends });
      let settled = false;
      return {
        made: () => note({ n, made: true }),
        settle() {
          if (!settled) note({ n, settled: true });
          settled = true;
        },
      };
    },
    end(left) {
      if (ended) return;
      ended = true;
      clearInterval(beating);
      if (written === undefined) return;
      closeSync(written);
      if (!left) rmSync(file, { force: true });
    },
  };
}

const REFUSED = new Set(['EACCES', 'EPERM', 'EROFS', 'ENOTDIR']);

function unwritable(error: unknown, file: string): unknown {
  const { code = '' } = error as NodeJS.ErrnoException;
  if (!REFUSED.has(code)) return fullDisk(error, file);
  return new Fault('FILE_MISSING', `${file} cannot be written, and nothing is begun without it`, {
    hint: '$KILN_HOME has to be a folder that this user may write to.',
    cause: error,
  });
}

function beat(fd: number): void {
  const now = new Date();
  try {
    futimesSync(fd, now, now);
  } catch {
    // What it is on does not answer now; it is asked again.
  }
}
