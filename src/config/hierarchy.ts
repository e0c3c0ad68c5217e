import { assertValid } from './assert-valid.ts';
import type { ReadData, ReadDataFile } from './data-files.ts';
import { DEFAULT_HIERARCHY, type HieraConfig } from './hiera.ts';
import type { Loaded } from './load-file.ts';
import type { RealRoot } from './real-root.ts';
import type { Position } from './source.ts';

/** One file of data, as it was read. */
export interface DataFile {
  /** The path as people are shown it. */
  readonly file: string;
  readonly value: Readonly<Record<string, unknown>>;
  /** Where a path of the value is written: the value, or the key that holds it, or the nearest above it. */
  positionOf(path: readonly PropertyKey[], target?: 'value' | 'key'): Position;
}

/** One level of `hiera.yaml`, with its paths as they are written. */
export interface Level {
  readonly name: string;
  readonly paths: readonly { readonly text: string; readonly at: Position }[];
  /** Relative to the folder of `hiera.yaml`. */
  readonly datadir: string;
}

/** An environment's levels of data, highest first, in the shape that environments/hierarchy.ts reads. */
export interface Hierarchy {
  /** `hiera.yaml` as people are shown it. */
  readonly file: string;
  readonly levels: readonly Level[];
  /**
   * Reads one file of data by its path relative to the folder of `hiera.yaml`, datadir included and interpolated.
   * Nothing where there is none; throws `CONFIG_INVALID` for one that cannot be data.
   */
  read(path: string, signal: AbortSignal): Promise<DataFile | undefined>;
  /** The same, with what is wrong with the file told and not thrown. */
  look(path: string, signal: AbortSignal): Promise<ReadData>;
}

const START: Position = { line: 1, column: 1 };

/** What a `hiera.yaml` says, over the folders that its files are looked for in, the environment's own first. */
export function createHierarchy(
  written: Loaded<HieraConfig> | undefined,
  folders: readonly [RealRoot, ...RealRoot[]],
  readDataFile: ReadDataFile,
): Hierarchy {
  const { hierarchy } = written?.value ?? DEFAULT_HIERARCHY;
  const file = written?.file ?? `${folders[0].shown}hiera.yaml (default)`;
  const placed = (text: string, ...at: readonly PropertyKey[]) => ({
    text,
    at: written?.positionOf(['hierarchy', ...at]) ?? START,
  });
  const levels = hierarchy.map(({ name, path, paths = [], datadir }, level) => ({
    name,
    datadir,
    paths:
      path === undefined
        ? paths.map((text, index) => placed(text, level, 'paths', index))
        : [placed(path, level, 'path')],
  }));
  const look = (path: string, signal: AbortSignal) => readDataFile(folders, path, signal);

  async function read(path: string, signal: AbortSignal): Promise<DataFile | undefined> {
    const { data, problems } = await look(path, signal);
    assertValid(problems);
    return data;
  }

  return { file, levels, read, look };
}
