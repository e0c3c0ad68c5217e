import Docker from 'dockerode';
import { Fault } from '../../core/fault.ts';
import { type FoundEngine, findEngine } from './find-engine.ts';

/** A connection to one Docker engine. */
export interface Engine {
  readonly docker: Docker;
  readonly address: FoundEngine;
}

/** Connects to the engine that answers: `DOCKER_HOST`, the default socket, then the private one; or to that of a host alone. */
export async function connectEngine(signal: AbortSignal, host?: string): Promise<Engine> {
  const address = await findEngine(host === undefined ? { signal } : { signal, env: { DOCKER_HOST: host } });
  const docker =
    'socketPath' in address
      ? new Docker({ socketPath: address.socketPath })
      : new Docker({ host: address.host, port: address.port, protocol: address.protocol });
  return { docker, address };
}

/**
 * Awaits one call to the engine: an aborted signal wins at once, and what the engine refuses becomes a Fault
 * that says what was being done.
 */
export async function ask<T>(what: string, signal: AbortSignal, call: () => Promise<T>): Promise<T> {
  signal.throwIfAborted();
  let onAbort = () => {};
  const aborted = new Promise<never>((_resolve, reject) => {
    onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([call(), aborted]);
  } catch (error) {
    signal.throwIfAborted();
    throw engineFault(what, error);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

const GONE = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH']);

/** What an engine's error means to us. */
export function engineFault(what: string, error: unknown): Fault {
  if (error instanceof Fault) return error;
  const { code, syscall, message } = error as NodeJS.ErrnoException;
  // A file of ours that is missing is not the engine's socket.
  const noSocket = code === 'ENOENT' && syscall === 'connect';
  if (noSocket || GONE.has(code ?? '') || /socket hang up/.test(message)) {
    return new Fault('ENGINE_UNREACHABLE', `the Docker engine went away: ${what}`, {
      hint: 'See whether it still runs with `bake doctor`; `make engine` starts a private one.',
      cause: error,
    });
  }
  const reason = reasonOf(error) ?? message;
  if (/no space left on device/i.test(reason)) {
    return new Fault('DISK_FULL', `the Docker engine has no space left: ${what}`, {
      details: [reason],
      hint: 'Free some space where the engine keeps its data (`docker system df`), then run again.',
      cause: error,
    });
  }
  return new Fault('ENGINE_FAILED', `the Docker engine refused: ${what}`, {
    details: [reason],
    cause: error,
  });
}

/** The engine's HTTP status, where it answered with one. */
export function statusOf(error: unknown): number | undefined {
  return (error as { statusCode?: number }).statusCode;
}

/** What the engine said when it refused, without the client's own words. */
export function reasonOf(error: unknown): string | undefined {
  return (error as { json?: { message?: string } }).json?.message;
}
