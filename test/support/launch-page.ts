import * as assert from 'uvu/assert';
import type { FaultCode } from '../../src/core/fault.ts';
import { type BakeWorkspace, bakeWorkspace, type Ran, type RunOptions } from './bake-workspace.ts';
import { makeBases } from './failed-bake.ts';
import { freePorts } from './free-ports.ts';
import { type PageFault, pageFiles } from './page-image.ts';

/** A workspace whose environment `test-solo` runs `test-page` on ports of this host. */
export interface PageWorkspace extends BakeWorkspace {
  /** Where each instance is reached. */
  readonly urls: readonly string[];
  /** Bakes the next image, whose page begins with this word. */
  bakePage(word: string, fault?: PageFault): Promise<void>;
  /** Runs `launch …ARGV --env test-solo`. */
  solo(argv: readonly string[], options?: Partial<RunOptions>): Promise<Ran>;
  /** The same, which must end well. */
  launched(argv: readonly string[]): Promise<Ran>;
  /** The same with `--json`, which must fail so; gives what it said. */
  refused(argv: readonly string[], expected: { code: FaultCode; exitCode: number }): Promise<Ran>;
}

/** Makes the workspace; nothing is baked yet. */
export async function pageWorkspace(signal: AbortSignal, count = 1): Promise<PageWorkspace> {
  await makeBases(['debian-12-minimal'], signal);
  const first = await freePorts(count);
  const ports = count === 1 ? first : `${first}-${first + count - 1}`;
  const workspace = await bakeWorkspace({
    'environments/test-solo/environment.yaml': `platform: docker
images:
  test-page: { count: ${count}, publish: ["${ports}:8080"] }
`,
  });
  const solo: PageWorkspace['solo'] = (argv, options = {}) =>
    workspace.launch([...argv, '--env', 'test-solo'], { signal, ...options });
  return {
    ...workspace,
    [Symbol.asyncDispose]: () => workspace[Symbol.asyncDispose](),
    urls: Array.from({ length: count }, (_, index) => `http://127.0.0.1:${first + index}/`),
    async bakePage(word, fault) {
      await workspace.write(pageFiles(word, fault));
      const { exitCode, stderr } = await workspace.bake(['image', 'test-page'], { signal });
      assert.is(exitCode, 0, stderr);
    },
    solo,
    async launched(argv) {
      const ran = await solo(argv);
      assert.is(ran.exitCode, 0, `${ran.stdout}\n${ran.stderr}`);
      return ran;
    },
    async refused(argv, { code, exitCode }) {
      const ran = await solo([...argv, '--json']);
      const shown = `${ran.stdout}\n${ran.stderr}`;
      assert.is(ran.exitCode, exitCode, shown);
      assert.match(ran.stdout, `"code": "${code}"`);
      assert.not.match(ran.stderr, /could not be removed|remove it with|this is a bug/);
      return ran;
    },
  };
}
