/** Which environment, and where its folder may be. */
export interface EnvironmentFlags {
  readonly env: string;
  readonly environments?: string;
}

export interface LaunchFlags extends EnvironmentFlags {
  readonly image?: string;
  readonly override?: string;
  readonly replaceDrifted?: boolean;
}

export interface ExplainFlags extends EnvironmentFlags {
  readonly role?: string;
  readonly node?: string;
}

export type SecretsFlags = EnvironmentFlags;
