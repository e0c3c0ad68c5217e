import { existsSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as assert from 'uvu/assert';
import { CHECKPOINT_KIND } from '../../../../src/app/checkpoints/checkpoint.ts';
import type { StateStores } from '../../../../src/app/checkpoints/checkpoint-state.ts';
import { type CheckpointDraft, saveCheckpoint } from '../../../../src/app/checkpoints/save-checkpoint.ts';
import { type Digest, digestOf } from '../../../../src/core/digest.ts';
import { Fault } from '../../../../src/core/fault.ts';
import { Scope } from '../../../../src/core/scope.ts';
import { temporaryFolder } from '../../temporary-folder.ts';

/** A draft of web's checkpoint after its first step; `changes` replaces what a test is about. */
export function sampleCheckpoint(changes: Partial<CheckpointDraft> = {}): CheckpointDraft {
  return {
    kind: CHECKPOINT_KIND,
    template: 'web',
    machine: 'container',
    step: 1,
    saved: new Date().toISOString(),
    bakes: ['bake-a'],
    base: digestOf('base'),
    init: 'systemd',
    steps: [],
    ...changes,
  };
}

/** A `$KILN_HOME` and an engine that is no more than names of images. */
export async function checkpointHome() {
  const home = await temporaryFolder();
  const images = new Map<string, Digest>();
  const engine = { state: 'answers' as 'answers' | 'refuses' | 'is away' };
  const notes: string[] = [];
  const answer = async <T>(value: () => T): Promise<T> => {
    if (engine.state === 'refuses') throw new Fault('ENGINE_FAILED', 'a container uses it');
    if (engine.state === 'is away') throw new Fault('ENGINE_UNREACHABLE', 'no engine');
    return value();
  };
  const store: StateStores['images'] & { engineVersion(): Promise<string> } = {
    inspect: (name) =>
      answer(() => (images.has(name) ? { ...IMAGE, id: images.get(name) ?? IMAGE.id } : undefined)),
    untag: (name) => answer(() => void images.delete(name)),
    removeNameless: () => answer(() => {}),
    engineVersion: () => answer(() => 'docker 20.10.24'),
  };
  const stores = { home: home.path, images: store };
  /** Saves it as a platform would, whose state's digest is that of its place. */
  const save = async (at: string): Promise<Digest> => {
    if (at.startsWith('kiln/')) images.set(at, digestOf(at));
    else {
      await mkdir(dirname(join(home.path, at)), { recursive: true });
      await writeFile(join(home.path, at), at);
    }
    return digestOf(at);
  };
  return {
    path: home.path,
    images,
    engine,
    stores,
    notes,
    save: async (draft: CheckpointDraft, signal: AbortSignal, how = save) => {
      await using scope = new Scope();
      await saveCheckpoint(draft, how, { stores, scope, note: (text) => notes.push(text) }, signal);
      assert.equal(scope.pending(), [], 'what is in its place is nobody’s to remove');
    },
    put: save,
    /** What is in web's folder, and which images there are. */
    async holds(): Promise<string[]> {
      const folder = join(home.path, 'checkpoints/web');
      const files = existsSync(folder) ? await readdir(folder) : [];
      return [...files, ...images.keys()].sort();
    },
    [Symbol.asyncDispose]: () => home[Symbol.asyncDispose](),
  };
}

const IMAGE = {
  id: digestOf('image'),
  diffIds: [],
  architecture: 'amd64',
  created: '',
  run: {},
  volumes: [],
  tags: [],
  repoDigests: [],
};
