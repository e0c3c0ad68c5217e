import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import type Docker from 'dockerode';
import { connectEngine } from '../../src/platforms/docker/engine.ts';

/** The containers of an environment by their names, as the engine describes them; those that have ended too. */
export async function instancesOf(environment: string): Promise<Docker.ContainerInspectInfo[]> {
  const { docker } = await connectEngine(AbortSignal.timeout(10_000));
  const filters = { label: [`kiln.environment=${environment}`] };
  const found = await docker.listContainers({ all: true, filters });
  const inspected = await Promise.all(found.map(({ Id }) => docker.getContainer(Id).inspect()));
  return inspected.sort((a, b) => (a.Name < b.Name ? -1 : 1));
}

/** What a script prints that sh runs in a container as root, as `docker exec` would. */
export async function runInContainer(id: string, script: string): Promise<string> {
  const { docker } = await connectEngine(AbortSignal.timeout(10_000));
  const container = docker.getContainer(id);
  const exec = await container.exec({
    Cmd: ['sh', '-c', script],
    User: '0:0',
    AttachStdout: true,
    AttachStderr: true,
  });
  const stream = await exec.start({});
  const said = new PassThrough();
  container.modem.demuxStream(stream, said, said);
  stream.once('end', () => said.end());
  return await text(said);
}
