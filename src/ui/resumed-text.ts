/** From where an image's bake went on, as its record has it. */
export interface ResumedView {
  readonly step: number;
  readonly bake: string;
  readonly base?: string;
}

/** `baked from the checkpoint converge:2 of bake 3h2k9x4p-7qf0m2, so only dev takes it` */
export function resumedText({ step, bake, base }: ResumedView): string {
  const what = `the checkpoint converge:${step} of bake ${bake}`;
  return base === undefined
    ? `baked from ${what}, so only dev takes it`
    : `baked on ${base}, which was baked from ${what}, so only dev takes it`;
}
