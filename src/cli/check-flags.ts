export const CHECK_FORMATS = ['table', 'json', 'junit', 'tap'] as const;

/** The options of `bake check` as commander gives them. */
export interface CheckFlags {
  readonly image?: string;
  readonly form?: 'oci' | 'disk';
  readonly file?: string;
  readonly format?: (typeof CHECK_FORMATS)[number];
  readonly json?: boolean;
}
