interface Timed {
  /** Milliseconds that one run of the step may take. */
  readonly timeout: number;
}

/** Paths are relative to the workspace. */
export interface PuppetSettings {
  readonly manifest: string;
  /** Folders that hold modules. */
  readonly modules: readonly string[];
  /** A `hiera.yaml`; its data folders are beside it and are listed in `data`. */
  readonly hiera?: string | undefined;
  readonly data: readonly string[];
  readonly facts: Readonly<Record<string, string | number | boolean>>;
}

/** Paths are relative to the workspace. */
export interface AnsibleSettings {
  readonly playbook: string;
  /** Folders that hold roles. */
  readonly roles: readonly string[];
  /** Folders that hold `ansible_collections`. */
  readonly collections: readonly string[];
  readonly vars: Readonly<Record<string, unknown>>;
}

/** One of `creates`, `unless` and `always-changes` says how the step is proven. */
export interface ShellSettings {
  readonly script: string;
  /** A path in the machine; while it is there, the script has nothing to do. */
  readonly creates?: string | undefined;
  /** A command line for `sh`; while it exits with 0, the script has nothing to do. */
  readonly unless?: string | undefined;
  /** Why the script is run once and cannot be proven. */
  readonly 'always-changes'?: string | undefined;
}

export type PuppetStep = Timed & { readonly puppet: PuppetSettings };
export type AnsibleStep = Timed & { readonly ansible: AnsibleSettings };
export type ShellStep = Timed & { readonly shell: ShellSettings };

/** One converge step of a template, as it comes out of the configuration. */
export type Step = PuppetStep | AnsibleStep | ShellStep;
