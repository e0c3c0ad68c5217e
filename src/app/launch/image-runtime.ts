import type { ImageRecord } from '../../catalogue/record.ts';
import type { DataDeclaration, SecretDeclaration } from '../../config/data-declaration.ts';
import type { Template } from '../../config/template.ts';
import { Fault } from '../../core/fault.ts';
import type { Init } from '../../platforms/platform.ts';

/** What an image says about running it, wherever it goes: its template's words as it was baked. */
export interface ImageRuntime extends Pick<Template, 'checks' | 'probe'> {
  readonly init: Init;
  readonly user?: string;
  /** Memory in MiB. */
  readonly vm?: { readonly memory: number; readonly cpus: number };
  readonly instance?: { readonly type: string };
  /** `80/tcp` */
  readonly ports?: readonly string[];
  readonly data: Readonly<Record<string, DataDeclaration>>;
  readonly secrets: Readonly<Record<string, SecretDeclaration>>;
  readonly state: readonly string[];
}

/** The record's part about running; `FORM_MISSING` for an image from before records had one. */
export function runtimeOf(record: ImageRecord): ImageRuntime {
  if (record.runtime !== undefined) return record.runtime as ImageRuntime;
  throw new Fault(
    'FORM_MISSING',
    `${record.name} was baked by an older Kiln, and its record does not say how it runs`,
    {
      hint: `Bake it again: \`bake image ${record.template}\`.`,
    },
  );
}
