import type { SopsRule, SopsStanza } from '../config/sops-metadata.ts';
import { metadataText } from '../config/sops-metadata-text.ts';
import { applyEdits, type TextEdit } from '../config/sops-plain.ts';
import { parseSopsText, SOPS_KEY } from '../config/sops-text.ts';
import { BINDING_KEY, type Binding, bindingText, NO_SEAL, sealOf } from './binding.ts';
import { encryptValue } from './cipher.ts';
import { macOf } from './mac.ts';
import { type OpenFile, openWith, plainValues } from './open-file.ts';
import { readSecrets, type SecretsTarget } from './read-secrets.ts';

/** What a file's text is made whole with. */
export interface Sealing {
  readonly target: SecretsTarget;
  readonly revision: number;
  readonly dataKey: Buffer;
  readonly now: Date;
  /** Writes SOPS's block anew, for these recipients. */
  readonly block?: {
    readonly stanzas: readonly SopsStanza[];
    readonly rule: SopsRule;
    readonly version?: string;
  };
}

/** A MAC before it is known. */
const NO_MAC = 'ENC[AES256_GCM,data:AAAA,iv:AAAA,tag:AAAA,type:str]';

/**
 * Gives a text, whose values are encrypted, its binding, time, seal and MAC, and opens the result again: what could
 * not be read later is never written.
 */
export function sealSecrets(text: string, sealing: Sealing): OpenFile {
  const { target, dataKey } = sealing;
  const stamped = stamp(text, sealing);
  const file = parseSopsText(target.shown, Buffer.from(stamped));
  const unsealed = file.leaves.find(({ path }) => path[0] === BINDING_KEY && path[1] === 'seal');
  const seal = sealOf(file);
  if (unsealed === undefined || seal === undefined)
    throw new Error(`${target.shown} has no place for its seal`);
  const sealed = applyEdits(stamped, [{ ...unsealed, text: seal }]);

  const read = readSecrets(target, Buffer.from(sealed));
  const mac = macOf(plainValues(read, dataKey));
  const written = encryptValue({ type: 'str', text: mac }, dataKey, read.metadata.lastModified);
  const range = read.file.rangeOf('mac');
  if (range === undefined) throw new Error(`${target.shown} has no place for its MAC`);
  const whole = openWith(
    readSecrets(target, Buffer.from(applyEdits(sealed, [{ ...range, text: written }]))),
    target,
    dataKey,
  );
  if (whole.seal !== 'whole') throw new Error(`${target.shown} does not read as it was sealed`);
  return whole;
}

/** The text with this revision's binding first in it, and with its time; seal and MAC are still to come. */
function stamp(text: string, { target, revision, now, block }: Sealing): string {
  const file = parseSopsText(target.shown, Buffer.from(text));
  // SOPS writes the second that it is: one that is past already is never that of a file it writes after us.
  const sealed = `${new Date(now.getTime() - 1000).toISOString().slice(0, 19)}Z`;
  const binding: Binding = { environment: target.environment, sealed, revision, seal: NO_SEAL };
  const old = file.blocks.get(BINDING_KEY) ?? { start: topOf(text), end: topOf(text) };
  const edits: TextEdit[] = [{ ...old, text: bindingText(binding) }];
  const own = file.blocks.get(SOPS_KEY);
  if (block !== undefined) {
    const place = own ?? { start: text.length, end: text.length };
    const before = own !== undefined || text === '' || text.endsWith('\n') ? '' : '\n';
    const { stanzas, ...rest } = block;
    edits.push({
      ...place,
      text: before + metadataText(stanzas, { ...rest, lastModified: sealed, mac: NO_MAC }),
    });
  } else {
    const [time, mac] = [file.rangeOf('lastmodified'), file.rangeOf('mac')];
    if (time === undefined || mac === undefined) throw new Error(`${target.shown} has no block ${SOPS_KEY}`);
    edits.push({ ...time, text: JSON.stringify(sealed) }, { ...mac, text: NO_MAC });
  }
  return applyEdits(text, edits);
}

/** Behind directives and the mark of the document's start. */
function topOf(text: string): number {
  return /^(?:%.*\r?\n)*---[ \t]*(?:#.*)?\r?\n/.exec(text)?.[0].length ?? 0;
}
