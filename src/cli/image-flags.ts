/** The options of `bake image` as commander gives them. */
export interface ImageFlags {
  readonly forms?: readonly string[];
  readonly machine?: string;
  readonly cold?: boolean;
  readonly verify: boolean;
  readonly checkpoints?: boolean;
  readonly from?: number;
  readonly onError: 'cleanup' | 'keep' | 'shell';
}
