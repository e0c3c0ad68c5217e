import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { writeFileAtomically } from '../core/atomic-file.ts';
import type { Digest } from '../core/digest.ts';
import { Fault } from '../core/fault.ts';
import { entryLine, type TreeEntry } from './entry.ts';

/** The content manifest of a tree: every path once, sorted by `byPath`. */
export type Manifest = readonly TreeEntry[];

/** The identity of a tree: the sha256 of its manifest's lines, each ended by a newline. */
export function manifestDigest(manifest: Manifest): Digest {
  const hash = createHash('sha256');
  for (const entry of manifest) hash.update(`${entryLine(entry)}\n`);
  return `sha256:${hash.digest('hex')}`;
}

/** Writes a manifest as gzipped JSON lines; the file appears whole or not at all. */
export async function writeManifest(file: string, manifest: Manifest): Promise<void> {
  await writeFileAtomically(file, manifestText(manifest), createGzip({ level: 1 }));
}

/** A manifest's lines, many in each piece. */
export function* manifestText(manifest: Manifest): Generator<string> {
  let batch = '';
  for (const entry of manifest) {
    batch += `${entryLine(entry)}\n`;
    if (batch.length > 65_536) {
      yield batch;
      batch = '';
    }
  }
  yield batch;
}

/** Reads a manifest's lines again; `see` is called with each. */
export async function parseManifest(
  bytes: AsyncIterable<Buffer>,
  see: (line: string) => void = () => {},
): Promise<Manifest> {
  const entries: TreeEntry[] = [];
  for await (const line of linesOf(bytes)) {
    see(line);
    entries.push(JSON.parse(line) as TreeEntry);
  }
  return entries;
}

/** Reads a manifest; `expected` is its digest, and anything else in the file is a `RECORD_DAMAGED`. */
export async function readManifest(file: string, expected: Digest): Promise<Manifest> {
  let entries: Manifest = [];
  const hash = createHash('sha256');
  try {
    await pipeline(createReadStream(file), createGunzip(), async (bytes: AsyncIterable<Buffer>) => {
      entries = await parseManifest(bytes, (line) => hash.update(`${line}\n`));
    });
  } catch (cause) {
    throw new Fault('RECORD_DAMAGED', `the content manifest ${file} cannot be read`, { cause });
  }
  if (`sha256:${hash.digest('hex')}` !== expected) {
    throw new Fault('RECORD_DAMAGED', `the content manifest ${file} is not that of ${expected}`, {
      hint: 'Remove the file and bake again.',
    });
  }
  return entries;
}

/** Not by `readline`, whose input fails a second time, where nobody listens, when a line cannot be read. */
async function* linesOf(bytes: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const piece of bytes) {
    const parts = (rest + decoder.decode(piece, { stream: true })).split('\n');
    rest = parts.pop() ?? '';
    yield* parts;
  }
  if (rest !== '') yield rest;
}
