import { Fault } from '../core/fault.ts';

/** An image as a person names it: `web`, `web@7`, `web@latest`. */
export interface ImageRef {
  readonly template: string;
  readonly version: number | 'latest';
}

/** A template's name as it may stand in a path, a tag and a label. */
const TEMPLATE_NAME = /^[a-z0-9][a-z0-9._-]*$/;
const REF = /^(?<template>[^@]*)(?:@(?<version>latest|[1-9][0-9]{0,14}))?$/;

/** Reads `NAME`, `NAME@VERSION` or `NAME@latest`; anything else is `USAGE`. */
export function parseRef(text: string): ImageRef {
  const { template, version } = REF.exec(text)?.groups ?? {};
  if (template === undefined || !TEMPLATE_NAME.test(template)) {
    throw new Fault('USAGE', `${JSON.stringify(text)} does not name an image`, {
      hint: 'Name one like web, web@7 or web@latest; `bake list` shows what there is.',
    });
  }
  return { template, version: version === undefined || version === 'latest' ? 'latest' : Number(version) };
}

/** The fault for a template without an image; `known` are the templates that have one. */
export function unknownTemplate(template: string, known: readonly string[]): Fault {
  return new Fault('IMAGE_UNKNOWN', `there is no image of ${template}`, {
    hint:
      known.length === 0
        ? `The catalogue is empty: bake one with \`bake image ${template}\`.`
        : `There are images of ${some(known)}. \`bake image ${template}\` makes one.`,
  });
}

/** The fault for a version that is not there; `versions` are those that are, in ascending order. */
export function unknownVersion(template: string, version: number, versions: readonly number[]): Fault {
  return new Fault('IMAGE_UNKNOWN', `there is no ${template}@${version}`, {
    hint: `${template} has ${versions.length === 1 ? 'version' : 'versions'} ${ranges(versions)}.`,
  });
}

/** `1–3, 5, 7–9`; of many ranges only the last five. */
function ranges(versions: readonly number[]): string {
  const found: [number, number][] = [];
  for (const version of versions) {
    const last = found.at(-1);
    if (last?.[1] === version - 1) last[1] = version;
    else found.push([version, version]);
  }
  const shown = found.slice(-5).map(([from, to]) => (from === to ? `${from}` : `${from}–${to}`));
  return `${found.length > 5 ? '…, ' : ''}${shown.join(', ')}`;
}

function some(names: readonly string[]): string {
  return names.length > 10
    ? `${names.slice(0, 10).join(', ')} and ${names.length - 10} more`
    : names.join(', ');
}
