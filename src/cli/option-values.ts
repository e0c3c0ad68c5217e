import { InvalidArgumentError } from 'commander';

const FORMS = ['oci', 'disk', 'ami'];

/** `oci,disk` as a list without doubles; commander tells what is wrong with it. */
export function parseForms(text: string): string[] {
  const forms = text.split(',').map((form) => form.trim());
  const unknown = forms.filter((form) => !FORMS.includes(form));
  if (unknown.length > 0) throw new InvalidArgumentError(`Forms are ${FORMS.join(', ')}.`);
  return [...new Set(forms)];
}

/** `web,app` as a list without doubles. */
export function parseNames(text: string): string[] {
  const names = text.split(',').map((name) => name.trim());
  if (names.includes('')) throw new InvalidArgumentError('Names are separated by commas, as in web,app.');
  return [...new Set(names)];
}

/** A whole number from 1. */
export function parseCount(text: string): number {
  if (!/^[1-9][0-9]{0,8}$/.test(text)) throw new InvalidArgumentError('A whole number from 1 is needed.');
  return Number(text);
}

/** An option that may be given again and again. */
export function collect(value: string, before: readonly string[]): string[] {
  return [...before, value];
}

/** `converge:2` as the number of the step. */
export function parseCheckpoint(text: string): number {
  const step = /^converge:([1-9][0-9]{0,3})$/.exec(text)?.[1];
  if (step === undefined)
    throw new InvalidArgumentError(
      'A step is named as converge:1 and so on; without --from a bake begins at the beginning.',
    );
  return Number(step);
}
