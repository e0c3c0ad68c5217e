import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Aws, connectAws } from '../../src/platforms/ec2/aws.ts';
import { freePorts } from './free-ports.ts';
import { withEnv } from './with-env.ts';

const PYTHON = resolve(import.meta.dirname, '../moto/.venv/bin/python');
const SERVER = resolve(import.meta.dirname, '../moto/server.py');
const INSTALLED = resolve(import.meta.dirname, '../moto/.venv/.installed-requirements');
const START_MS = 30_000;
export const REGION = 'eu-central-1';

/** Why tests against the emulator of AWS cannot run here; false when they can. */
export const noMoto = existsSync(INSTALLED) ? false : 'moto is not installed (make setup-test; needs PyPI)';

/** What the SDK of this process, and programs that are given it as their environment, find the emulator by. */
const CREDENTIALS = {
  AWS_ACCESS_KEY_ID: 'testing',
  AWS_SECRET_ACCESS_KEY: 'testing',
  AWS_REGION: REGION,
  AWS_CONFIG_FILE: '/dev/null',
  AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  AWS_EC2_METADATA_DISABLED: 'true',
} as const;

export interface Moto extends AsyncDisposable {
  /** `http://127.0.0.1:5000` */
  readonly url: string;
  readonly env: Readonly<Record<string, string>>;
  /** A client of ours; the environment of this process is as `env` while the emulator runs. */
  readonly aws: Aws;
  /** Forgets everything that was made. */
  reset(): Promise<void>;
}

/**
 * A new moto server: an emulator of AWS's API, with nothing behind it. Not to be believed: it knows no idempotent
 * token, no duplicate name of an image, no pending image, no page of a list, and keeps no bytes of a disk. Addresses of
 * instances it gives once only.
 */
export async function motoServer(signal: AbortSignal): Promise<Moto> {
  const port = await freePorts();
  const url = `http://127.0.0.1:${port}`;
  const server = spawn(PYTHON, [SERVER, '-H', '127.0.0.1', '-p', String(port)], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: {
      ...process.env,
      MOTO_ENABLE_AMI_VALIDATION: '1',
      MOTO_ENABLE_KEYPAIR_VALIDATION: '1',
      MOTO_EC2_ENABLE_INSTANCE_TYPE_VALIDATION: '1',
    },
  });
  let log = '';
  server.stderr.setEncoding('utf8').on('data', (text: string) => {
    log = (log + text).slice(-4000);
  });
  async function stop(): Promise<void> {
    if (server.exitCode !== null || server.signalCode !== null) return;
    const ended = once(server, 'exit');
    server.kill('SIGKILL');
    await ended;
  }
  try {
    const end = Date.now() + START_MS;
    while (!(await answers(url))) {
      signal.throwIfAborted();
      if (server.exitCode !== null || Date.now() > end) throw new Error(`moto does not answer: ${log}`);
      await delay(50);
    }
  } catch (error) {
    await stop();
    throw error;
  }
  const env = { ...CREDENTIALS, AWS_ENDPOINT_URL: url };
  const set = withEnv(env);
  return {
    url,
    env,
    aws: await connectAws(REGION),
    async reset() {
      await fetch(`${url}/moto-api/reset`, { method: 'POST' });
    },
    async [Symbol.asyncDispose]() {
      set[Symbol.dispose]();
      await stop();
    },
  };
}

async function answers(url: string): Promise<boolean> {
  return await fetch(`${url}/moto-api/`).then(
    ({ ok }) => ok,
    () => false,
  );
}
