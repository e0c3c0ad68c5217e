import { cleanLine } from './clean-line.ts';

/** That an image must not be launched any more. */
export interface RevocationView {
  readonly image: string;
  readonly reason: string;
  readonly by: string;
  /** ISO time. */
  readonly at: string;
}

/** What `bake revoke` did, or that it was done before. */
export function revocationLines(revocation: RevocationView & { readonly already: boolean }): string[] {
  const { image, reason, already } = revocation;
  return already
    ? [cleanLine(`${image} was revoked already, ${revocationText(revocation)}`), 'nothing was changed']
    : [
        cleanLine(`✔ ${image} is revoked: ${reason}`),
        'no environment takes it or what is based on it any more; what runs goes on running',
      ];
}

/** `by alice@build-1 on 2026-11-22: CVE-2026-1234`; which image, where it is another. */
export function revocationText({ image, reason, by, at }: RevocationView, shown = image): string {
  const which = image === shown ? '' : `as ${image}, `;
  return `${which}by ${by} on ${at.slice(0, 10)}: ${reason}`;
}
