/** Two images' differences as `bake diff` shows them; sizes in bytes. */
export interface DiffView {
  readonly before: ComparedView;
  readonly after: ComparedView;
  readonly same: boolean;
  readonly why: readonly CauseView[];
  readonly tools: readonly (NamedView & { readonly from?: string; readonly to?: string })[];
  readonly packages: {
    readonly upgraded: readonly VersionView[];
    readonly downgraded: readonly VersionView[];
    readonly added: readonly PackageView[];
    readonly removed: readonly PackageView[];
  };
  readonly services: ChangesView<ServiceView>;
  readonly users: ChangesView<UserView>;
  readonly ports: ChangesView<PortView>;
  readonly files?: {
    readonly configuration: readonly FileView[];
    readonly outside: readonly FileView[];
    readonly byPackages: number;
    readonly byPackageManager: number;
    readonly setUid: {
      readonly added: readonly PrivilegedView[];
      readonly removed: readonly PrivilegedView[];
    };
    readonly growth: readonly { readonly what: string; readonly bytes: number }[];
  };
  readonly filesUnknown?: string;
  readonly changelogs?: readonly ChangelogView[];
}

export interface ComparedView {
  readonly name: string;
  readonly digest: string;
  readonly bytes: number;
}

export interface NamedView {
  readonly name: string;
  readonly kind: 'added' | 'removed' | 'changed';
}

/** Why it could come out differently, and what of that is known by name. */
export interface CauseView {
  readonly text: string;
  readonly changes?: readonly NamedView[];
}

export interface VersionView {
  readonly name: string;
  readonly from: string;
  readonly to: string;
}

export interface PackageView {
  readonly name: string;
  readonly version: string;
}

export interface ServiceView {
  readonly unit: string;
  readonly state: string;
}

export interface UserView {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
  readonly shell: string;
}

export interface PortView {
  readonly protocol: string;
  readonly address: string;
  readonly port: number;
  readonly process?: string;
}

export interface FileView {
  readonly path: string;
  readonly kind: 'added' | 'removed' | 'changed';
  /** `content`, `mode`, `owner`, `target`, `type`, … */
  readonly what: readonly string[];
  readonly before?: EntryView;
  readonly after?: EntryView;
}

export interface EntryView {
  readonly type: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly target?: string;
}

export interface PrivilegedView {
  readonly path: string;
  readonly bit: 'set-uid' | 'set-gid';
  readonly as: number;
  readonly package?: string;
}

export interface ChangesView<T> {
  readonly added: readonly T[];
  readonly removed: readonly T[];
  readonly changed: readonly { readonly before: T; readonly after: T }[];
}

/** What changelogs say between two versions of packages that say the same. */
export interface ChangelogView {
  readonly packages: readonly string[];
  readonly from: string;
  readonly to: string;
  readonly entries: readonly {
    readonly version: string;
    readonly about: string;
    readonly lines: readonly string[];
  }[];
  readonly cut: boolean;
  readonly unknown?: string;
}
