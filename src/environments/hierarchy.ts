/** Lines and columns from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** One file of data, as it was read. */
export interface DataFile {
  /** The path as people are shown it. */
  readonly file: string;
  readonly value: Readonly<Record<string, unknown>>;
  /** Where a path of the value is written: the value, or the key that holds it, or the nearest above it. */
  positionOf(path: readonly PropertyKey[], target?: 'value' | 'key'): Position;
}

/** One level of `hiera.yaml`. */
export interface Level {
  readonly name: string;
  readonly paths: readonly LevelPath[];
  /** Relative to the folder of `hiera.yaml`. */
  readonly datadir: string;
}

/** A path as it is written in `hiera.yaml`, before interpolation. */
export interface LevelPath {
  readonly text: string;
  readonly at: Position;
}

/** An environment's levels of data, highest first. */
export interface Hierarchy {
  /** `hiera.yaml` as people are shown it. */
  readonly file: string;
  readonly levels: readonly Level[];
  /**
   * Reads one file of data by its path relative to the folder of `hiera.yaml`, datadir included and interpolated.
   * Nothing where there is none; throws `CONFIG_INVALID` for one that is no map.
   */
  read(path: string, signal: AbortSignal): Promise<DataFile | undefined>;
}

/** Who asks: what `%{env}`, `%{role}` and `%{node}` stand for. What needs one that is left out is a problem. */
export interface LookupContext {
  readonly env: string;
  readonly role?: string;
  /** `web-1` */
  readonly node?: string;
}
