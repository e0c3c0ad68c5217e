import type { AmiId } from '../../core/form-id.ts';

/** What came of bringing an image's AMI to where its template wants it. */
export interface Distribution {
  /** `web@7` */
  readonly image: string;
  /** The one that it was made in first, then the others by name. */
  readonly regions: readonly RegionOutcome[];
}

/** One region: where its AMI is, and what was changed; or what is missing, and why. */
export interface RegionOutcome {
  readonly region: string;
  /** Absent where there is none yet. */
  readonly id?: AmiId;
  /**
   * `original` where it was made; `there` was copied before; `failed` is not all that is declared, or nothing; `gone` is
   * a copy that nobody asks for any more and that is not there either.
   */
  readonly state: 'original' | 'there' | 'copied' | 'gone' | 'failed';
  /** What else was changed, a line each: who may use it, until when. */
  readonly changed: readonly string[];
  /** It has a copy that the template does not ask for any more. */
  readonly undeclared?: true;
  readonly error?: unknown;
}

/** Whether no region lacks anything. */
export function isWhole({ regions }: Distribution): boolean {
  return regions.every(({ state }) => state !== 'failed');
}
