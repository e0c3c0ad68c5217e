import { execa } from 'execa';
import { Fault } from '../core/fault.ts';

/** Long enough to type a passphrase. */
const DEADLINE_MS = 120_000;

/** What a run of gpg came to. */
export interface GpgResult {
  readonly ok: boolean;
  readonly stdout: Buffer;
  /** gpg's own last words; never what it encrypts or decrypts. */
  readonly reason: string;
}

/**
 * Runs the user's gpg, or the one that SOPS_GPG_EXEC names, with what it works on at its stdin. A passphrase is asked
 * for by its agent. `HOST_TOOL_MISSING` when there is none.
 */
export async function runGpg(
  args: readonly string[],
  input: Uint8Array,
  signal: AbortSignal,
): Promise<GpgResult> {
  signal.throwIfAborted();
  const program = process.env['SOPS_GPG_EXEC'] || 'gpg';
  const result = await execa(program, ['--batch', '--no-tty', ...args], {
    input,
    encoding: 'buffer',
    stripFinalNewline: false,
    reject: false,
    timeout: DEADLINE_MS,
    cancelSignal: signal,
    env: { LC_ALL: 'C' },
  });
  signal.throwIfAborted();
  if (result.code === 'ENOENT' || result.code === 'EACCES') {
    throw new Fault('HOST_TOOL_MISSING', `${program} cannot be started, which OpenPGP keys need`, {
      hint: 'Install it (`apt install gnupg`), or use age keys.',
    });
  }
  const words =
    Buffer.from(result.stderr)
      .toString('utf8')
      .trim()
      .split('\n')
      .at(-1)
      ?.replace(/^gpg: /, '') ?? '';
  const reason = result.timedOut ? `no answer within ${DEADLINE_MS / 1000} s` : words;
  return { ok: !result.failed, stdout: Buffer.from(result.stdout), reason };
}
