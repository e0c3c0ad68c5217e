import type { Shard } from '../nightly/shard.ts';
import type { TimeOfDay } from './time-of-day.ts';

export type ScheduleKind = 'systemd' | 'cron' | 'github' | 'gitlab' | 'kubernetes';

/** What is to run each night. All texts are on one line: `one-line.ts` has seen them. */
export interface Nightly {
  /** What the unit, job or workflow is called, and its files. */
  readonly name: string;
  readonly at: TimeOfDay;
  /** The workspace's folder, absolute. */
  readonly workspace: string;
}

/** For a machine of one's own: this one, as this user. */
export interface HostNightly extends Nightly {
  /** The part of the work that this machine does; all of it when not given. */
  readonly shard?: Shard;
  /** How `bake` was started: Node, its options and the program, absolute. */
  readonly program: readonly string[];
  /** Variables that the same bake needs there. */
  readonly environment: Readonly<Record<string, string>>;
  /** The folder for logs and reports, absolute. */
  readonly reports: string;
  readonly root: boolean;
  /** Kiln's script that starts a private engine, absolute; absent where it is not installed or not needed. */
  readonly engine?: string;
  /** This user's home. */
  readonly home: string;
}

/** For machines that somebody else's scheduler chooses. */
export interface FleetNightly extends Nightly {
  /** Among how many machines the work is divided. */
  readonly shards: number;
  /** The workspace, relative to the repository that it is in; `.` where it is all of it. */
  readonly folder: string;
  /** Whether the workspace is a checkout of Kiln, which brings its own set-up. */
  readonly kiln: boolean;
}

export interface ScheduleFile {
  /** Relative to where it is to be saved. */
  readonly name: string;
  readonly text: string;
}

/** Files to save, and the commands that set them to work once they are in a folder. */
export interface Schedule {
  readonly kind: ScheduleKind;
  readonly files: readonly ScheduleFile[];
  install(folder: string): string[];
}
