import { kindName, kindOf } from './value-kind.ts';

/** The types that a template can declare data to have. */
export const DATA_TYPES = ['string', 'integer', 'number', 'boolean', 'list', 'map'] as const;
export type DataType = (typeof DATA_TYPES)[number];

/** One thing that an image wants to be told by its environment. */
export interface DataDeclaration {
  readonly type: DataType;
  readonly required: boolean;
  /** Used where no level has the key. */
  readonly default?: unknown;
}

/** What is wrong with a value's type, to be said after its key; nothing when it is right. */
export function typeProblem(type: DataType, value: unknown): string | undefined {
  const kind = kindOf(value);
  if (type !== 'integer')
    return kind === type ? undefined : `must be ${typeName(type)}, and is ${kindName(kind)}`;
  if (kind !== 'number') return `must be ${typeName(type)}, and is ${kindName(kind)}`;
  if (!Number.isInteger(value)) return 'must be an integer, and has a fraction';
  return Number.isSafeInteger(value) ? undefined : 'is too large for an integer: digits of it would be lost';
}

/** A type as a sentence calls it: `an integer`. */
export function typeName(type: DataType): string {
  return type === 'integer' ? 'an integer' : kindName(type);
}
