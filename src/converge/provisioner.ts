import type { ResourceResult, Tool } from './result.ts';

/** One command line; it is run as root in the unpacked bundle, so relative paths are the workspace's. */
export interface Command {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** A small file that is generated into the bundle. */
export interface GeneratedFile {
  readonly path: string;
  readonly text: string;
}

/** What one run of a step left to be read. */
export interface Outcome {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  /** The text of `Provisioner.report`; empty when the tool never wrote one. */
  readonly report: string;
  /** The folder in the machine where the bundle is unpacked. */
  readonly bundle: string;
}

/** What an outcome says; nothing `failed` means that the run went well. */
export interface Reading {
  /** The tool's version, where its report says it. */
  readonly version: string | undefined;
  readonly resources: readonly ResourceResult[];
}

/** Says without changing anything whether a step has something to do: exit 0 means that it has not. */
export interface Guard {
  readonly command: Command;
  /** For messages: `creates /usr/local/bin/tool`. */
  readonly says: string;
}

/** One step in terms that do not depend on its tool: what it needs, how it is run, how its outcome is read. */
export interface Provisioner {
  /** `puppet provisioners/puppet/web.pp` */
  readonly step: string;
  readonly tool: Tool;
  /** The program that must be in the base, and the Debian package that brings it. */
  readonly program: string;
  readonly package: string;
  /** Files and folders of the workspace that go into the bundle. */
  readonly paths: readonly string[];
  readonly generated: readonly GeneratedFile[];
  /** Empties the folder where the report will be. */
  readonly prepare?: Command;
  readonly guard?: Guard;
  readonly run: Command;
  /** Exit codes that are no failure. */
  readonly succeeds: readonly number[];
  /** Where the tool writes its report, in the machine. */
  readonly report?: string;
  /** Prints the version, for a tool whose report does not say it. */
  readonly version?: Command;
  /** Why the step is left out of the second run. */
  readonly unproven?: string;
  /** Milliseconds that one run may take. */
  readonly timeout: number;
  read(outcome: Outcome): Reading;
}

/** The folder of the bundle that holds what is generated; a workspace may not have one of this name. */
export const GENERATED = '.kiln';

/** Where tools keep state and reports in the machine: a tmpfs, so that none of it gets into the image. */
export const WORK = '/run/kiln/work';

/** The surroundings of every command: messages in one language, no questions, no bytecode left behind. */
export const ENVIRONMENT: Readonly<Record<string, string>> = {
  DEBIAN_FRONTEND: 'noninteractive',
  LANG: 'C.UTF-8',
  LC_ALL: 'C.UTF-8',
  PYTHONDONTWRITEBYTECODE: '1',
};

/** Makes a folder of the machine anew and empty. */
export function emptyFolder(folder: string): Command {
  return { argv: ['sh', '-c', 'rm -rf "$1" && mkdir -p "$1"', 'sh', folder], env: {} };
}

/** A path that no program takes for an option. */
export function asArgument(path: string): string {
  return path.startsWith('-') ? `./${path}` : path;
}
