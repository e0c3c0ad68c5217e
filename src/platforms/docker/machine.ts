import { finished, PassThrough } from 'node:stream';
import type Docker from 'dockerode';
import { Fault } from '../../core/fault.ts';
import type { Init, Machine } from '../platform.ts';
import { ask, type Engine, engineFault } from './engine.ts';
import { execIn } from './exec.ts';
import { addressOf } from './find-engine.ts';

const TRANSFER_TIMEOUT_MS = 30 * 60_000;

/** A running container as a machine. */
export async function machineOf(
  engine: Engine,
  container: Docker.Container,
  init: Init,
  remove: () => Promise<void>,
  signal: AbortSignal,
): Promise<Machine> {
  const { Id, Name, NetworkSettings } = await ask('inspect the machine', signal, () => container.inspect());
  const address = Object.values(NetworkSettings.Networks)[0]?.IPAddress;
  const machine: Machine = {
    id: Id,
    platform: 'docker',
    init,
    address: address === '' ? undefined : address,
    enter: ['docker', ...hostOption(engine), 'exec', '-it', Name.replace(/^\//, ''), 'sh'],
    remove,
    exec: (argv, options) => execIn(container, argv, options),
    // By exec and stdin: the engine's own archive call writes below a tmpfs mount, where the machine cannot see it.
    async upload(folder, archive, uploadSignal) {
      const options = { signal: uploadSignal, timeout: TRANSFER_TIMEOUT_MS };
      const made = await machine.exec(['mkdir', '-p', folder], options);
      const unpacked =
        made.exitCode === 0
          ? await machine.exec(['tar', '-xf', '-', '-C', folder], { ...options, stdin: archive })
          : made;
      if (unpacked.exitCode !== 0) {
        throw new Fault('ENGINE_FAILED', `the machine could not unpack an archive in ${folder}`, {
          details: unpacked.stderr.trim().split('\n'),
          hint: 'The base needs `tar`, as every Debian has.',
        });
      }
    },
    async *download(path, downloadSignal) {
      const exec = await ask(`read ${path}`, downloadSignal, () =>
        container.exec({
          Cmd: ['tar', '-cf', '-', '-C', '/', path.replace(/^\/+/, '')],
          User: '0:0',
          AttachStdout: true,
          AttachStderr: true,
        }),
      );
      const stream = await ask(`read ${path}`, downloadSignal, () => exec.start({}));
      const stdout = new PassThrough();
      const stderr = new PassThrough();
      container.modem.demuxStream(stream, stdout, stderr);
      finished(stream, (error) => (error ? stdout.destroy(error) : stdout.end()));
      const onAbort = () => stdout.destroy(downloadSignal.reason as Error);
      downloadSignal.addEventListener('abort', onAbort, { once: true });
      stderr.resume();
      try {
        yield* stdout as AsyncIterable<Buffer>;
      } catch (error) {
        downloadSignal.throwIfAborted();
        throw engineFault(`read ${path}`, error);
      } finally {
        downloadSignal.removeEventListener('abort', onAbort);
        stream.destroy();
      }
      const { ExitCode } = await ask(`read ${path}`, downloadSignal, () => exec.inspect());
      if (ExitCode !== 0) throw new Fault('FILE_MISSING', `${path} cannot be read in the machine`);
    },
  };
  return machine;
}

/** What a person has to add to a docker command so that it speaks to the same engine. */
export function hostOption({ address }: Engine): string[] {
  if (address.how === 'default socket') return [];
  return ['-H', addressOf(address)];
}
