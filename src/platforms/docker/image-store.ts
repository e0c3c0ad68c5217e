import { randomBytes } from 'node:crypto';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import type { Digest } from '../../core/digest.ts';
import { Fault } from '../../core/fault.ts';
import type { Scope } from '../../core/scope.ts';
import type { TreeSource } from '../../tree/source.ts';
import { BAKE_LABEL, createContainer } from './create-container.ts';
import { ask, type Engine, engineFault, statusOf } from './engine.ts';
import { engineName } from './engine-name.ts';
import { treeOf } from './export-tree.ts';
import { removeImage } from './remove-image.ts';

/** How an engine's image is run, in the words of the OCI image config. */
interface EngineConfig {
  Env?: string[] | null;
  Entrypoint?: string[] | string | null;
  Cmd?: string[] | null;
  WorkingDir?: string;
  User?: string;
  StopSignal?: string;
  ExposedPorts?: Record<string, object> | null;
  Labels?: Record<string, string> | null;
  Volumes?: Record<string, object> | null;
}

/** The images of one Docker engine. */
export function imageStore(engine: Engine) {
  const { docker } = engine;
  const remove = async (ref: string, what: string) => {
    await removeImage(engine, ref).catch((error: unknown) => {
      throw engineFault(what, error);
    });
  };
  return {
    async inspect(ref: string, signal: AbortSignal) {
      return await ask(`inspect the image ${ref}`, signal, async () => {
        try {
          const image = await docker.getImage(ref).inspect();
          return {
            id: image.Id as Digest,
            diffIds: (image.RootFS.Layers ?? []) as Digest[],
            architecture: image.Architecture,
            created: image.Created,
            run: runConfig(image.Config as EngineConfig),
            volumes: Object.keys((image.Config as EngineConfig).Volumes ?? {}),
            tags: image.RepoTags ?? [],
            repoDigests: image.RepoDigests ?? [],
          };
        } catch (error) {
          if (statusOf(error) === 404) return undefined;
          throw error;
        }
      });
    },

    async pull(ref: string, signal: AbortSignal) {
      const stream = await ask(`pull ${ref}`, signal, () => docker.pull(ref, { abortSignal: signal }));
      await readProgress(`pull ${ref}`, stream, signal);
    },

    async load(archive: AsyncIterable<Uint8Array>, signal: AbortSignal) {
      const what = 'load an image';
      signal.throwIfAborted();
      const body = Readable.from(archive, { objectMode: false });
      using sending = stopWhileSending(body, signal);
      try {
        const options = { quiet: true, abortSignal: sending.signal };
        await readProgress(what, await docker.loadImage(body, options), sending.signal);
      } catch (error) {
        sending.signal.throwIfAborted();
        throw engineFault(what, error);
      }
    },

    /** An image as `docker save` writes it. */
    async *save(id: Digest, signal: AbortSignal): AsyncGenerator<Uint8Array> {
      const what = `save the image ${id}`;
      const stream = (await ask(what, signal, () => docker.getImage(id).get())) as Readable;
      const onAbort = () => stream.destroy();
      signal.addEventListener('abort', onAbort, { once: true });
      try {
        yield* stream;
      } catch (error) {
        signal.throwIfAborted();
        throw engineFault(what, error);
      } finally {
        signal.removeEventListener('abort', onAbort);
        stream.destroy();
      }
    },

    async tag(id: Digest, repository: string, tag: string) {
      await docker
        .getImage(id)
        .tag({ repo: repository, tag })
        .catch((error: unknown) => {
          throw engineFault(`name the image ${repository}:${tag}`, error);
        });
    },

    async untag(name: string) {
      await remove(name, `take the name ${name} off`);
    },

    async removeNameless(id: Digest) {
      const image = docker.getImage(id);
      const tags = await image.inspect().then(
        ({ RepoTags }) => RepoTags ?? [],
        (error: unknown) => {
          if (statusOf(error) === 404) return undefined;
          throw engineFault(`remove the image ${id}`, error);
        },
      );
      if (tags?.length === 0) await remove(id, `remove the image ${id}`);
    },

    async readTree(id: Digest, bake: string, scope: Scope, signal: AbortSignal): Promise<TreeSource> {
      const name = `kiln-${bake}-tree-${randomBytes(3).toString('hex')}`;
      // The command is never run; an image without one could not be created otherwise.
      const options = { name, Image: id, Cmd: ['-'], Labels: { [BAKE_LABEL]: bake }, NetworkDisabled: true };
      const { container } = await createContainer(engine, options, scope, signal);
      return treeOf(container);
    },

    engineName: (signal: AbortSignal) => engineName(engine, signal),

    async engineVersion(signal: AbortSignal) {
      const { Version } = await ask('ask the engine for its version', signal, () => docker.version());
      return `docker ${Version}`;
    },
  };
}

/**
 * A signal that breaks a request off, by an abort or because its body cannot be read, as long as the body is not
 * sent whole. Once it is, the engine has all it needs and nobody could tell any more what it makes of it: then its
 * answer is waited for.
 */
function stopWhileSending(body: Readable, signal: AbortSignal): { signal: AbortSignal } & Disposable {
  const controller = new AbortController();
  const onAbort = () => controller.abort(signal.reason);
  const stop = () => signal.removeEventListener('abort', onAbort);
  signal.addEventListener('abort', onAbort, { once: true });
  body.once('end', stop).once('error', (error) => controller.abort(error));
  return { signal: controller.signal, [Symbol.dispose]: stop };
}

/** Reads the engine's progress to its end; an error comes inside a stream that began with HTTP 200. */
async function readProgress(what: string, stream: NodeJS.ReadableStream, signal: AbortSignal): Promise<void> {
  const destroy = () => (stream as Readable).destroy(signal.reason as Error);
  signal.addEventListener('abort', destroy, { once: true });
  try {
    for await (const line of createInterface({ input: stream })) {
      if (line.trim() === '') continue;
      const { error } = JSON.parse(line) as { error?: string };
      if (error !== undefined) throw engineFault(what, new Error(error));
    }
  } catch (error) {
    signal.throwIfAborted();
    throw error instanceof Fault ? error : engineFault(what, error);
  } finally {
    signal.removeEventListener('abort', destroy);
  }
}

function runConfig(config: EngineConfig) {
  const list = (value: string[] | string | null | undefined) =>
    value === undefined || value === null || value.length === 0 ? undefined : [value].flat();
  const filled = {
    Env: list(config.Env),
    Entrypoint: list(config.Entrypoint),
    Cmd: list(config.Cmd),
    WorkingDir: config.WorkingDir || undefined,
    User: config.User || undefined,
    StopSignal: config.StopSignal || undefined,
    ExposedPorts: config.ExposedPorts ?? undefined,
    Labels: config.Labels ?? undefined,
  };
  return Object.fromEntries(Object.entries(filled).filter(([, value]) => value !== undefined));
}
