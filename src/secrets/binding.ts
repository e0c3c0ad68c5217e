import { scalarText } from '../config/sops-plain.ts';
import type { SopsText } from '../config/sops-text.ts';
import { type Digest, digestOf } from '../core/digest.ts';
import { isEncrypted } from './cipher.ts';

/** The key of the block that says what a file is; its end lets SOPS leave it in plain text. */
export const BINDING_KEY = 'kiln_unencrypted';

/** What binds a file to its environment. SOPS's MAC covers all of it. */
export interface Binding {
  readonly environment: string;
  readonly sealed: string;
  readonly revision: number;
  readonly seal: Digest;
}

/**
 * The names in their order. The MAC is of all values one after another without anything between: in this order, and at
 * the start of a file, the four cannot be parted in another way than they were.
 */
const NAMES = ['environment', 'sealed', 'revision', 'seal'];
const FORMS = [
  /^[a-z0-9]+(?:-+[a-z0-9]+)*$/,
  /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/,
  /^[1-9]\d{0,14}$/,
  /^sha256:[0-9a-f]{64}$/,
];

/** A seal before it is known; it is left out of what it is made of. */
export const NO_SEAL: Digest = `sha256:${'0'.repeat(64)}`;

/** Reads a file's binding; undefined when it has none. `SECRETS_INVALID` when it is not as we write it. */
export function bindingOf(file: SopsText): Binding | undefined {
  const block = file.blocks.get(BINDING_KEY);
  if (block === undefined) return undefined;
  if ([...file.blocks.keys()][0] !== BINDING_KEY) {
    throw file.faultAt(
      block.start,
      `the block \`${BINDING_KEY}\` must be the first one`,
      'Move it back to the top.',
    );
  }
  const leaves = file.leaves.filter(({ path }) => path[0] === BINDING_KEY);
  const texts = leaves.map(({ scalar }) => scalar?.text ?? '');
  const isSound =
    leaves.length === NAMES.length &&
    leaves.every(({ path }, at) => path.length === 2 && path[1] === NAMES[at]) &&
    texts.every((text, at) => FORMS[at]?.test(text) === true);
  const [environment = '', sealed = '', revision = '', seal = ''] = texts;
  if (isSound) return { environment, sealed, revision: Number(revision), seal: seal as Digest };
  throw file.faultAt(
    block.start,
    `the block \`${BINDING_KEY}\` is not as kiln writes it`,
    'Take it from the file as it was before.',
  );
}

/** The block as text, ending with a line break. */
export function bindingText({ environment, sealed, revision, seal }: Binding): string {
  return [
    `${BINDING_KEY}:`,
    `    environment: ${scalarText(environment)}`,
    `    sealed: ${JSON.stringify(sealed)}`,
    `    revision: ${revision}`,
    `    seal: ${seal}`,
    '',
  ].join('\n');
}

/**
 * The digest of all of a file's text but the seal itself and the MAC. Both are cut out only where they are written as
 * we write them; undefined when they are not.
 */
export function sealOf(file: SopsText): Digest | undefined {
  const seal = file.leaves.find(({ path }) => path[0] === BINDING_KEY && path[1] === 'seal');
  const mac = file.rangeOf('mac');
  if (seal === undefined || mac === undefined || mac.start < seal.end) return undefined;
  const { text } = file;
  if (text.slice(seal.start, seal.end) !== seal.scalar?.text) return undefined;
  if (!isEncrypted(text.slice(mac.start, mac.end))) return undefined;
  return digestOf(text.slice(0, seal.start) + text.slice(seal.end, mac.start) + text.slice(mac.end));
}
