import type { Digest } from '../core/digest.ts';
import type { BakeStage } from '../core/events.ts';
import type { AmiId } from '../core/form-id.ts';
import type { Inventory } from './inventory.ts';
import type { Runtime } from './runtime.ts';

/** The format of a record, with its version. */
export const RECORD_KIND = 'kiln.image/v1';

/** An image's passport: what went in, what came out, what was checked. Sizes in bytes, times in ms or ISO UTC. */
export interface ImageRecord {
  readonly kind: typeof RECORD_KIND;
  /** `web@7` */
  readonly name: string;
  readonly template: string;
  readonly version: number;
  /** The bake that made it. */
  readonly bake: string;
  /** ISO 8601, UTC. */
  readonly created: string;
  /** The tree's content digest: the image's identity. */
  readonly digest: Digest;
  /** Bytes of the tree's files. */
  readonly bytes: number;
  readonly bakeKey: BakeKey;
  readonly base: BaseRecord;
  readonly bundle: BundleRecord;
  /** Name to version, the engine and kiln among them. */
  readonly tools: Readonly<Record<string, string>>;
  readonly converge: readonly StepRecord[];
  readonly prove: ProveRecord;
  readonly checks: {
    /** Absent where the machine only idled, so that nothing could be asked before the form ran. */
    readonly check?: HealthRecord | undefined;
    /** One for each form. */
    readonly verify: readonly VerifiedFormRecord[];
  };
  readonly inventory: Inventory;
  readonly stages: readonly { readonly stage: BakeStage; readonly ms: number }[];
  /** Those that this kiln knows; a newer one's record may hold others besides. */
  readonly forms: readonly ImageForm[];
  /** The content manifest: the digest of its bytes, and its file relative to `$KILN_HOME`. */
  readonly manifest: { readonly digest: Digest; readonly file: string };
  /** No form of it was ever started, by `--no-verify` or as nothing here could: only a first environment takes it. */
  readonly unverified?: true;
  /** Not baked from a clean machine of its base alone: only the environment `dev` takes it. */
  readonly resumed?: ResumedRecord;
  /** How it is launched; absent in records of older kilns, whose images cannot be. */
  readonly runtime?: Runtime;
}

/** How a form was found to be the tree: its content was read back in any case. */
export interface VerifiedFormRecord {
  readonly form: ImageForm['kind'];
  /** What the checks came to in a fresh start of it; absent where it was never started. */
  readonly report?: HealthRecord;
  /** What was started, where that is no machine of the form's own platform: a virtual machine of the AMI's disk. */
  readonly startedAs?: 'vm';
}

/** A record before the catalogue gave it a version and the publishing bake its forms' names. */
export type RecordDraft = Omit<ImageRecord, 'kind' | 'name' | 'version' | 'forms' | 'runtime'> & {
  readonly runtime: Runtime;
};

/** After which converge step of which earlier bake an image's own bake went on. */
export interface ResumedRecord {
  readonly step: number;
  readonly bake: string;
  /** The image that this is said of, `hardened@4`, where it is one that the image is based on. */
  readonly base?: string;
}

/** The parts that decide whether a bake can come out differently, and the digest over all of them. */
export interface BakeKey {
  readonly digest: Digest;
  readonly parts: {
    readonly base: Digest;
    readonly template: Digest;
    readonly bundle: Digest;
    readonly checks: Digest;
    readonly machine: string;
    readonly tool: string;
  };
}

export interface BaseRecord {
  readonly name: string;
  /** What the base's file says: `debian bookworm`, `image REF`, `bake hardened`. */
  readonly source: string;
  /** What the platform knows it by. */
  readonly digest: Digest;
  /** The content digest of its tree, where it was read. */
  readonly tree?: Digest;
  /** `hardened@4`, when it is another template's image. */
  readonly image?: string;
  /** ISO 8601, UTC: nothing in it is later; of a Debian base the date of its package lists. Older kilns did not note it. */
  readonly epoch?: string;
}

export interface BundleRecord {
  readonly digest: Digest;
  readonly size: number;
  /** Path to the sha256 of its content, in hex. Absent where there are very many, and in records of older kilns. */
  readonly files?: Readonly<Record<string, string>>;
}

/** One converge step's outcome: converge/result.ts says what each field means. */
export interface StepRecord {
  readonly step: string;
  readonly tool: 'puppet' | 'ansible' | 'shell';
  readonly version: string;
  readonly ms: number;
  readonly resources: readonly ResourceRecord[];
}

export interface ResourceRecord {
  readonly resource: string;
  readonly state: 'changed' | 'unchanged' | 'failed' | 'skipped';
  readonly file?: string;
  readonly line?: number;
  readonly message?: string;
}

/** The second run, and the resources that the template lets change in it. */
export interface ProveRecord {
  readonly steps: readonly StepRecord[];
  readonly allowed: readonly { readonly resource: string; readonly reason: string }[];
}

/** The probe's verdict: health/result.ts says what each field means. */
export interface HealthRecord {
  readonly healthy: boolean;
  readonly results: readonly CheckRecord[];
  readonly waited: number;
  readonly rounds: number;
}

export interface CheckRecord {
  readonly check: string;
  readonly attribute: string;
  readonly outcome: 'passed' | 'failed' | 'unsupported' | 'skipped';
  readonly expected: string;
  readonly actual: string;
  readonly evidence?: readonly string[];
}

/** One form of the image and how it is found again: forms/form.ts says what each field means. */
export type ImageForm = OciImageForm | DiskImageForm | AmiImageForm;

export interface OciImageForm {
  readonly kind: 'oci';
  /** The engine's image id. */
  readonly digest: Digest;
  /** `kiln/web:7` */
  readonly tag: string;
}

export interface DiskImageForm {
  readonly kind: 'disk';
  /** Of the file's bytes. */
  readonly digest: Digest;
  /** Relative to `$KILN_HOME`. */
  readonly file: string;
  /** Bytes of the file. */
  readonly size: number;
  readonly boot: {
    readonly kernel: { readonly file: string; readonly digest: Digest };
    readonly initrd: { readonly file: string; readonly digest: Digest };
    readonly options: string;
  };
}

export interface AmiImageForm {
  readonly kind: 'ami';
  /** Where it was made; its copies elsewhere are noted beside the record. */
  readonly region: string;
  /** Whose it is, as its copies are: 12 digits; absent where nobody told. */
  readonly account?: string;
  /** Of this region alone. */
  readonly id: AmiId;
  /** Of its disks, the root's first. */
  readonly snapshots: readonly string[];
  /** As AWS has it: `x86_64`, `arm64`. */
  readonly architecture: string;
  /** Of the bytes that were written as its disk; absent where it was made of an instance. */
  readonly digest?: Digest;
}
