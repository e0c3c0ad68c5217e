/**
 * What an image's template says about running it, as it was when the image was baked: an image is launched by this
 * alone. Times in milliseconds.
 */
export interface Runtime {
  /** What its process 1 is. */
  readonly init: 'systemd' | 'none';
  /** Who its process 1 runs as, in the image's own words; root when it is left out. */
  readonly user?: string;
  /** The virtual machine that it runs as; absent in records of older kilns. Memory in MiB. */
  readonly vm?: { readonly memory: number; readonly cpus: number };
  /** The type of instance that it runs as at AWS, `t3.small`, where its template says one. */
  readonly instance?: { readonly type: string };
  /** What it listens on for others, `80/tcp`; absent when it does not say. */
  readonly ports?: readonly string[];
  readonly checks: RecordedChecks;
  readonly probe: RecordedProbe;
  readonly data: Readonly<Record<string, RecordedData>>;
  readonly secrets: Readonly<Record<string, RecordedSecret>>;
  /** Absolute paths that a running instance may change, with all below them. */
  readonly state: readonly string[];
}

/** Kind, then name, then attributes: health/checks.ts says what each means. */
export type RecordedChecks = Readonly<Record<string, Readonly<Record<string, object>>>>;

/** health/checks.ts says what each field means. */
export interface RecordedProbe {
  readonly 'start-period': number;
  readonly timeout: number;
  readonly interval: number;
  readonly 'success-threshold': number;
  readonly 'stable-for': number;
}

/** One value that the image wants to be told by its environment: config/data-declaration.ts says what each field means. */
export interface RecordedData {
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'list' | 'map';
  readonly required: boolean;
  readonly default?: unknown;
  readonly description?: string;
}

/** One secret that the image wants to be given. */
export interface RecordedSecret {
  readonly required: boolean;
  readonly description?: string;
}
