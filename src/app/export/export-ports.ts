import type { Writable } from 'node:stream';
import type { Catalogue } from '../../catalogue/store.ts';
import type { Digest } from '../../core/digest.ts';
import type { CleanupOutcome } from '../../core/scope.ts';
import type { OciStore } from '../../forms/oci/oci-store.ts';

/** The images of an engine, as they are exported. */
export interface ExportImages extends Pick<OciStore, 'inspect' | 'readTree'> {
  /** An image as `docker save` writes it. */
  save(id: Digest, signal: AbortSignal): AsyncIterable<Uint8Array>;
}

/** Everything outside this process that an export works with. */
export interface ExportPorts {
  readonly catalogue: Pick<Catalogue, 'get' | 'revocationOf'>;
  /** Connects to the engine, when something of it is needed. */
  readonly engine: (signal: AbortSignal) => Promise<ExportImages>;
  /** `$KILN_HOME`. */
  readonly home: string;
  /** A folder for large temporary files. */
  readonly work: string;
  readonly stdout: Writable;
  /** Told how far it has come: `web@7: converting`, 0 to 100. */
  readonly onProgress: (what: string, percent: number) => void;
  readonly note: (message: string) => void;
  readonly onCleanup: (outcome: CleanupOutcome) => void;
}
