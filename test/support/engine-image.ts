import { randomUUID } from 'node:crypto';
import type Docker from 'dockerode';
import { Scope } from '../../src/core/scope.ts';
import { connectEngine } from '../../src/platforms/docker/engine.ts';
import { preparedBase } from './machine.ts';

/** An image of the engine that no bake made; disposing removes it with all its names. */
export interface EngineImage extends AsyncDisposable {
  /** `sha256:…` */
  readonly id: string;
  tag(name: string): Promise<void>;
  /** Takes it away, as if the engine had never had it. */
  remove(): Promise<void>;
  /** Sends the image to the registry that its name begins with; gives the digest it has there. */
  push(name: string): Promise<string>;
}

/** A new image like the minimal base, with a label that makes it one of its own; `run` says how it is run. */
export async function engineImage(
  signal: AbortSignal,
  run: Pick<Docker.ContainerCreateOptions, 'Cmd' | 'Entrypoint' | 'User' | 'WorkingDir'> = { Cmd: ['-'] },
): Promise<EngineImage> {
  await using scope = new Scope();
  const { image } = await preparedBase('debian-12-minimal', scope, signal);
  const { docker } = await connectEngine(signal);
  const container = await docker.createContainer({
    Image: image,
    ...run,
    Labels: { test: randomUUID() },
  });
  scope.defer('container', () => container.remove({ force: true, v: true }));
  const { Id: id } = (await container.commit({})) as { Id: string };
  const remove = async () => {
    const names = await docker
      .getImage(id)
      .inspect()
      .then(
        ({ RepoTags, RepoDigests }) => [...RepoTags, ...RepoDigests],
        () => undefined,
      );
    if (names === undefined) return;
    for (const name of names)
      await docker
        .getImage(name)
        .remove({ noprune: true })
        .catch(() => {});
    await docker
      .getImage(id)
      .remove({ noprune: true })
      .catch(() => {});
  };
  return {
    id,
    remove,
    async tag(name) {
      const [repo = '', tag = ''] = splitTag(name);
      await docker.getImage(id).tag({ repo, tag });
    },
    async push(name) {
      const stream = await docker.getImage(name).push({ authconfig: {} });
      const events = await new Promise<{ error?: string; aux?: { Digest?: string } }[]>((resolve, reject) =>
        docker.modem.followProgress(stream, (error, all) => (error ? reject(error) : resolve(all))),
      );
      const digest = events.find(({ aux }) => aux?.Digest !== undefined)?.aux?.Digest;
      if (digest === undefined) throw new Error(`${name} was not pushed: ${JSON.stringify(events.at(-1))}`);
      return digest;
    },
    [Symbol.asyncDispose]: remove,
  };
}

function splitTag(name: string): string[] {
  const colon = name.lastIndexOf(':');
  return [name.slice(0, colon), name.slice(colon + 1)];
}
