/** Which state of an environment's secrets a launch had. */
export interface SecretsVersion {
  /** Grows with every change that Kiln makes. */
  readonly revision: number;
  /** ISO time of the last change by any program: another one than Kiln leaves the revision as it is. */
  readonly modified?: string;
}

/** Whether a file of secrets is from before another, and so was put back. */
export function isOlderSecrets(file: SecretsVersion, than: SecretsVersion): boolean {
  if (file.revision !== than.revision) return file.revision < than.revision;
  if (file.modified === undefined || than.modified === undefined) return false;
  return Date.parse(file.modified) < Date.parse(than.modified);
}
