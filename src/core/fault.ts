/** Every expected failure has one of these codes; a program may match on them, so none is ever renamed. */
export type FaultCode =
  // what the user wrote
  | 'USAGE'
  | 'CONFIG_INVALID'
  | 'WORKSPACE_NOT_FOUND'
  | 'TEMPLATE_UNKNOWN'
  | 'BASE_UNKNOWN'
  | 'BASE_CYCLE'
  | 'FILE_MISSING'
  | 'PATH_OUTSIDE'
  | 'IMAGE_UNKNOWN'
  | 'ENVIRONMENT_UNKNOWN'
  | 'INSTANCE_UNKNOWN'
  | 'DATA_INVALID'
  | 'SECRETS_LOCKED'
  | 'SECRETS_INVALID'
  | 'DISK_TOO_SMALL'
  // the image is not good
  | 'TOOL_MISSING'
  | 'CONVERGE_FAILED'
  | 'NOT_IDEMPOTENT'
  | 'CHECK_FAILED'
  | 'SEAL_INCOMPLETE'
  | 'VERIFY_MISMATCH'
  | 'TREE_NOT_BOOTABLE'
  | 'TIMEOUT'
  // it may not go there
  | 'NOT_PROMOTED'
  | 'IMAGE_ALTERED'
  | 'IMAGE_REVOKED'
  | 'FORM_MISSING'
  | 'NO_PREVIOUS_IMAGE'
  // the platform, the host or the network
  | 'ENGINE_UNREACHABLE'
  | 'ENGINE_FAILED'
  | 'MACHINE_LOST'
  | 'MACHINE_NOT_READY'
  | 'MACHINE_UNREACHABLE'
  | 'QEMU_FAILED'
  | 'BASE_FAILED'
  | 'MIRROR_UNREACHABLE'
  | 'DIGEST_MISMATCH'
  | 'DISK_FULL'
  | 'HOST_TOOL_MISSING'
  | 'HOST_TOOL_FAILED'
  | 'DISK_UNREADABLE'
  | 'RECORD_DAMAGED'
  | 'PORT_TAKEN'
  | 'NIGHTLY_RUNS'
  | 'CLOUD_UNREACHABLE'
  | 'CLOUD_LOCKED'
  | 'CLOUD_DENIED'
  | 'CLOUD_FULL'
  | 'CLOUD_FAILED'
  // neither
  | 'INTERRUPTED';

const EXIT_CODES: Record<FaultCode, number> = {
  USAGE: 2,
  CONFIG_INVALID: 2,
  WORKSPACE_NOT_FOUND: 2,
  TEMPLATE_UNKNOWN: 2,
  BASE_UNKNOWN: 2,
  BASE_CYCLE: 2,
  FILE_MISSING: 2,
  PATH_OUTSIDE: 2,
  IMAGE_UNKNOWN: 2,
  ENVIRONMENT_UNKNOWN: 2,
  INSTANCE_UNKNOWN: 2,
  DATA_INVALID: 2,
  SECRETS_LOCKED: 2,
  SECRETS_INVALID: 2,
  DISK_TOO_SMALL: 2,
  TOOL_MISSING: 1,
  CONVERGE_FAILED: 1,
  NOT_IDEMPOTENT: 1,
  CHECK_FAILED: 1,
  SEAL_INCOMPLETE: 1,
  VERIFY_MISMATCH: 1,
  TREE_NOT_BOOTABLE: 1,
  TIMEOUT: 1,
  NOT_PROMOTED: 1,
  IMAGE_ALTERED: 1,
  IMAGE_REVOKED: 1,
  FORM_MISSING: 1,
  NO_PREVIOUS_IMAGE: 1,
  ENGINE_UNREACHABLE: 3,
  ENGINE_FAILED: 3,
  MACHINE_LOST: 3,
  MACHINE_NOT_READY: 3,
  MACHINE_UNREACHABLE: 3,
  QEMU_FAILED: 3,
  BASE_FAILED: 3,
  MIRROR_UNREACHABLE: 3,
  DIGEST_MISMATCH: 3,
  DISK_FULL: 3,
  HOST_TOOL_MISSING: 3,
  HOST_TOOL_FAILED: 3,
  DISK_UNREADABLE: 3,
  RECORD_DAMAGED: 3,
  PORT_TAKEN: 3,
  NIGHTLY_RUNS: 3,
  CLOUD_UNREACHABLE: 3,
  CLOUD_LOCKED: 3,
  CLOUD_DENIED: 3,
  CLOUD_FULL: 3,
  CLOUD_FAILED: 3,
  INTERRUPTED: 130,
};

export interface FaultOptions {
  /** What to do next, one sentence. */
  readonly hint?: string;
  /** Lines that belong under the message: a source excerpt, a list of resources, a journal's tail. */
  readonly details?: readonly string[];
  readonly cause?: unknown;
}

/** An expected failure: what and where in the message, what to do in the hint, the evidence in the details. */
export class Fault extends Error {
  override readonly name = 'Fault';
  readonly code: FaultCode;
  readonly hint: string | undefined;
  readonly details: readonly string[];

  constructor(code: FaultCode, message: string, options: FaultOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
    this.details = options.details ?? [];
  }

  /** The process's exit code for this fault: 1 not good, 2 bad input, 3 the platform, 130 interrupted. */
  get exitCode(): number {
    return EXIT_CODES[this.code];
  }
}

/** The exit code of any thrown value; what is not a Fault is a bug (70). */
export function exitCodeOf(error: unknown): number {
  return error instanceof Fault ? error.exitCode : 70;
}
