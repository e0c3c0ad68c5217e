import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePorts } from './free-ports.ts';
import { REPOSITORY } from './machine.ts';

/** This repository's own environments for a test. */
export interface SampleEnvironments {
  readonly files: Readonly<Record<string, string>>;
  /** Where each one's instances are reached. */
  readonly urls: {
    readonly dev: string;
    readonly staging: string;
    readonly prod: readonly [string, string];
    /** Of `test-web`, which is launched by its name alone. */
    readonly web: { readonly dev: string; readonly staging: string };
  };
}

/**
 * The environments of this repository as `test-dev`, `test-staging` and `test-prod`, with their images called `test-…`
 * and on free ports: on the engine may be the real ones too.
 */
export async function sampleEnvironments(): Promise<SampleEnvironments> {
  const first = await freePorts(6);
  const paths = await readdir(join(REPOSITORY, 'environments'), { recursive: true });
  const files = await Promise.all(
    paths
      .filter((path) => path.endsWith('.yaml') && !path.endsWith('secrets.yaml'))
      .map(async (path) => {
        const text = await readFile(join(REPOSITORY, 'environments', path), 'utf8');
        return [
          `environments/${path.replace(/^(dev|staging|prod)\//, 'test-$1/')}`,
          adapt(text, first),
        ] as const;
      }),
  );
  const at = (index: number) => `http://127.0.0.1:${first + index}`;
  return {
    files: Object.fromEntries(files),
    urls: { dev: at(0), staging: at(1), prod: [at(2), at(3)], web: { dev: at(4), staging: at(5) } },
  };
}

function adapt(text: string, firstPort: number): string {
  return text
    .replace(/^after: /m, 'after: test-')
    .replace(/^ {2}(app|web):/gm, '  test-$1:')
    .replace(/808[1-6](?=[-:])/g, (port) => String(firstPort + Number(port) - 8081));
}
