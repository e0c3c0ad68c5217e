import { request } from 'node:http';

/** Where an engine listens, as dockerode takes it. */
export type EngineAddress =
  | { readonly socketPath: string }
  | { readonly protocol: 'http'; readonly host: string; readonly port: number };

const DEADLINE_MS = 3_000;

/**
 * The body of one small GET, without loading dockerode; the reasons it fails for are fit to be shown to people.
 * Throws the signal's reason when it is aborted.
 */
export async function getFromEngine(
  address: EngineAddress,
  path: string,
  signal: AbortSignal | undefined,
): Promise<string> {
  const deadline = AbortSignal.timeout(DEADLINE_MS);
  const options = {
    path,
    agent: false,
    signal: signal === undefined ? deadline : AbortSignal.any([signal, deadline]),
    ...('socketPath' in address
      ? { socketPath: address.socketPath }
      : { host: address.host, port: address.port }),
  };
  try {
    return await new Promise<string>((answered, failed) => {
      const asked = request(options, (response) => {
        let body = '';
        response.setEncoding('utf8');
        response.on('data', (part: string) => {
          body += part;
        });
        response.once('error', failed);
        response.once('end', () => {
          if (response.statusCode === 200) answered(body);
          else failed(new Error(`it answered ${path} with HTTP ${response.statusCode}`));
        });
      });
      asked.once('error', failed);
      asked.end();
    });
  } catch (error) {
    signal?.throwIfAborted();
    if (deadline.aborted) throw new Error(`no answer within ${DEADLINE_MS / 1000} s`);
    throw withReason(error as NodeJS.ErrnoException);
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such socket',
  ECONNREFUSED: 'nothing listens there',
  EACCES: 'this user may not use it (is it in the group docker?)',
};

function withReason(error: NodeJS.ErrnoException): Error {
  return new Error(REASONS[error.code ?? ''] ?? error.message, { cause: error });
}
