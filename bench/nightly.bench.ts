import { spawnSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openBakery } from '../src/app/bakery.ts';
import { addressOf, findEngine } from '../src/platforms/docker/find-engine.ts';
import type { NightlyView } from '../src/ui/nightly/view.ts';
import { report } from './measure.ts';

/**
 * What a night of six templates takes, two of them based on one, when two are baked at once: beside the sum of its own
 * parts, and beside the same night one after another. Each template works for some seconds on one processor. Run after
 * `make build`, on an idle host with two processors or more.
 */
const project = join(import.meta.dirname, '..');
const signal = new AbortController().signal;
const NAMES = ['hardened', 'on-one', 'on-two', 'alone', 'other', 'last'].map((name) => `bench-night-${name}`);
const [HARDENED, ...OTHERS] = NAMES as [string, ...string[]];

const engine = addressOf(await findEngine({ env: process.env, signal }));
const folder = await mkdtemp(join(tmpdir(), 'kiln-bench-'));
try {
  await writeWorkspace();
  // the base is made once, before anything is timed
  night('warm', 2, ['--only', HARDENED]);
  const alone = night('alone', 1);
  const beside = night('beside', 2);
  const sum = (view: NightlyView) => view.templates.reduce((all, { ms }) => all + ms, 0);
  report('six templates, --jobs 2 ÷ sum of its parts', ratio(beside.ms, sum(beside)), 'near 0.5');
  report('six templates, --jobs 2 ÷ --jobs 1', ratio(beside.ms, alone.ms), 'as low as the processors bear');
  const again = night('beside', 2);
  report('the same night once more, nothing changed ÷ the first', ratio(again.ms, beside.ms), 'under 1');
} finally {
  await removeImages();
  await rm(folder, { recursive: true, force: true });
}

async function writeWorkspace(): Promise<void> {
  await cp(join(project, 'templates/bases'), join(folder, 'templates/bases'), { recursive: true });
  await mkdir(join(folder, 'provisioners'));
  await writeFile(join(folder, 'templates/bases/on-hardened.yaml'), `bake: ${HARDENED}\n`);
  for (const [index, name] of NAMES.entries()) {
    const base = OTHERS.slice(0, 2).includes(name) ? 'on-hardened' : 'debian-12-minimal';
    await writeFile(
      join(folder, `templates/${name}.yaml`),
      `name: ${name}
base: ${base}
converge: [{ shell: { script: provisioners/${name}.sh, creates: /opt/${name} } }]
container: { init: none, command: [sleep, "60"] }
`,
    );
    const mib = 800 + 200 * index;
    const script = `head -c ${mib}M /dev/zero | sha256sum > /opt/${name}\n`;
    await writeFile(join(folder, `provisioners/${name}.sh`), script);
  }
}

/** Runs a night in a catalogue of its own; the images of all come out the same, so that they share their names in the engine. */
function night(catalogue: string, jobs: number, more: readonly string[] = []): NightlyView {
  const argv = [join(project, 'dist/cli/bake.js'), 'nightly', '--json', '--jobs', String(jobs), ...more];
  const env = { ...process.env, KILN_HOME: join(folder, 'home', catalogue), DOCKER_HOST: engine };
  const { status, stdout, stderr } = spawnSync(process.execPath, argv, {
    cwd: folder,
    env,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`the night ended with ${status}: ${stdout}${stderr}`);
  return JSON.parse(stdout) as NightlyView;
}

async function removeImages(): Promise<void> {
  const { images } = openBakery(signal).docker;
  for (const name of NAMES)
    for (const tag of ['1', '2', 'latest']) await images.untag(`kiln/${name}:${tag}`).catch(() => {});
}

function ratio(ms: number, of: number): string {
  return `${(ms / of).toFixed(3)} (${(ms / 1000).toFixed(1)} s ÷ ${(of / 1000).toFixed(1)} s)`;
}
