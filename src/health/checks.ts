/** What a value is expected to be, in goss's matcher language; `compileMatcher` says what is wrong with a bad one. */
export type Matcher = unknown;

/** What every check may have. */
export interface CommonCheck {
  readonly title?: string | undefined;
  readonly meta?: Readonly<Record<string, unknown>> | undefined;
  readonly skip?: boolean | undefined;
  /** What the probe does otherwise with this one. */
  readonly probe?: Partial<Probe> | undefined;
}

export interface ServiceCheck extends CommonCheck {
  readonly name?: string | undefined;
  readonly enabled?: Matcher;
  readonly running?: Matcher;
  readonly runlevels?: Matcher;
}

export interface PortCheck extends CommonCheck {
  readonly port?: string | undefined;
  readonly listening?: Matcher;
  readonly ip?: Matcher;
}

export interface HttpCheck extends CommonCheck {
  readonly url?: string | undefined;
  readonly method?: string | undefined;
  readonly status?: Matcher;
  readonly headers?: Matcher;
  readonly body?: Matcher;
  /** Milliseconds; 5,000 unless said, as in goss. */
  readonly timeout?: number | undefined;
  readonly 'allow-insecure'?: boolean | undefined;
  readonly 'no-follow-redirects'?: boolean | undefined;
  readonly 'request-headers'?: readonly string[] | undefined;
  readonly 'request-body'?: string | undefined;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** Files of the machine. */
  readonly 'ca-file'?: string | undefined;
  readonly 'cert-file'?: string | undefined;
  readonly 'key-file'?: string | undefined;
  /** The URL of one. */
  readonly proxy?: string | undefined;
}

export interface FileCheck extends CommonCheck {
  readonly path?: string | undefined;
  readonly exists?: Matcher;
  readonly mode?: Matcher;
  readonly size?: Matcher;
  readonly owner?: Matcher;
  readonly uid?: Matcher;
  readonly group?: Matcher;
  readonly gid?: Matcher;
  readonly filetype?: Matcher;
  readonly contents?: Matcher;
  /** What `contents` was called once. */
  readonly contains?: Matcher;
  readonly 'linked-to'?: Matcher;
  readonly md5?: Matcher;
  readonly sha256?: Matcher;
  readonly sha512?: Matcher;
}

export interface CommandCheck extends CommonCheck {
  readonly exec?: string | undefined;
  readonly 'exit-status'?: Matcher;
  readonly stdout?: Matcher;
  readonly stderr?: Matcher;
  /** Milliseconds; 10,000 unless said, as in goss. */
  readonly timeout?: number | undefined;
}

export interface PackageCheck extends CommonCheck {
  readonly name?: string | undefined;
  readonly installed?: Matcher;
  readonly versions?: Matcher;
}

export interface ProcessCheck extends CommonCheck {
  readonly comm?: string | undefined;
  readonly running?: Matcher;
}

export interface UserCheck extends CommonCheck {
  readonly username?: string | undefined;
  readonly exists?: Matcher;
  readonly uid?: Matcher;
  readonly gid?: Matcher;
  readonly groups?: Matcher;
  readonly home?: Matcher;
  readonly shell?: Matcher;
}

export interface GroupCheck extends CommonCheck {
  readonly groupname?: string | undefined;
  readonly exists?: Matcher;
  readonly gid?: Matcher;
}

export interface AddrCheck extends CommonCheck {
  readonly address?: string | undefined;
  readonly reachable?: Matcher;
  readonly 'local-address'?: string | undefined;
  /** Milliseconds; 500 unless said, as in goss. */
  readonly timeout?: number | undefined;
}

export interface DnsCheck extends CommonCheck {
  readonly resolve?: string | undefined;
  readonly resolvable?: Matcher;
  readonly addrs?: Matcher;
  readonly server?: string | undefined;
  /** Milliseconds; 500 unless said, as in goss. */
  readonly timeout?: number | undefined;
}

export interface InterfaceCheck extends CommonCheck {
  readonly name?: string | undefined;
  readonly exists?: Matcher;
  readonly addrs?: Matcher;
  readonly mtu?: Matcher;
}

export interface KernelParamCheck extends CommonCheck {
  readonly name?: string | undefined;
  readonly value?: Matcher;
}

export interface MountCheck extends CommonCheck {
  readonly mountpoint?: string | undefined;
  readonly exists?: Matcher;
  readonly opts?: Matcher;
  readonly 'vfs-opts'?: Matcher;
  readonly source?: Matcher;
  readonly filesystem?: Matcher;
  readonly usage?: Matcher;
  /** Milliseconds; 1,000 unless said, as in goss. */
  readonly timeout?: number | undefined;
}

export interface MatchingCheck extends CommonCheck {
  readonly content?: unknown;
  readonly 'as-reader'?: boolean | undefined;
  readonly matches?: Matcher;
}

type Named<Check> = Readonly<Record<string, Check>> | undefined;

/** A template's checks: kind, then name, then goss's attributes. */
export interface Checks {
  readonly service?: Named<ServiceCheck>;
  readonly port?: Named<PortCheck>;
  readonly http?: Named<HttpCheck>;
  readonly file?: Named<FileCheck>;
  readonly command?: Named<CommandCheck>;
  readonly package?: Named<PackageCheck>;
  readonly process?: Named<ProcessCheck>;
  readonly user?: Named<UserCheck>;
  readonly group?: Named<GroupCheck>;
  readonly addr?: Named<AddrCheck>;
  readonly dns?: Named<DnsCheck>;
  readonly interface?: Named<InterfaceCheck>;
  readonly 'kernel-param'?: Named<KernelParamCheck>;
  readonly mount?: Named<MountCheck>;
  readonly matching?: Named<MatchingCheck>;
}

/** How long and how often to ask before the answer is believed. Times in milliseconds. */
export interface Probe {
  /** Failures before this are not final. */
  readonly 'start-period': number;
  /** The whole wait, start period included. */
  readonly timeout: number;
  readonly interval: number;
  /** Consecutive rounds in which it holds. */
  readonly 'success-threshold': number;
  /** How long it must hold without a restart. */
  readonly 'stable-for': number;
}
