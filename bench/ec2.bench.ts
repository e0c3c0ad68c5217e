import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { recordedScope } from '../src/app/recorded-scope.ts';
import { ec2Leftovers } from '../src/platforms/ec2/leftovers.ts';
import { machineOf } from '../test/support/instance-steps.ts';
import { motoServer, noMoto } from '../test/support/moto.ts';
import { registeredAmi } from '../test/support/registered-ami.ts';
import { report } from './measure.ts';

/*
 * What 200 bakes with `machine: instance` at once ask of AWS, from this one process, against the emulator: a key pair, a
 * security group, an instance, an AMI of it, the waits for each, and the removal of them all. Measured is our side of
 * EC2 alone: no machine is behind the emulator, so nothing is entered, converged or read, and the emulator, one process
 * that answers one request after another on the same host, has most of the time. Peak memory is this process's, with tsx.
 */
const BAKES = 200;
const WANTED_MB = 400;
const signal = new AbortController().signal;

if (noMoto !== false) {
  console.log(`200 bakes in EC2 at once: not measured, as ${noMoto}`);
} else {
  const folder = await mkdtemp(join(tmpdir(), 'kiln-bench-'));
  await using moto = await motoServer(signal);
  const { aws } = moto;
  const { id: image } = await registeredAmi(aws, 'source', signal);
  const before = process.memoryUsage().rss;
  let peak = before;
  const watch = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage().rss);
  }, 20);
  const started = performance.now();
  const done = await Promise.allSettled(
    Array.from({ length: BAKES }, async (_, index) => {
      const run = `bench-${index}`;
      const scope = recordedScope(folder, { run, what: `bake ${run}` }, undefined, 300_000);
      try {
        await machineOf({ aws, scope, run, folder, image, signal });
      } finally {
        const left = (await scope.close()).filter(({ state }) => state !== 'removed');
        for (const { label, error } of left) console.error(`${run}: ${label}: ${error}`);
      }
    }),
  );
  const ms = performance.now() - started;
  clearInterval(watch);
  const failed = done.flatMap((one) => (one.status === 'rejected' ? [String(one.reason)] : []));
  const left = await ec2Leftovers(aws).tagged(aws.region, undefined, signal);
  await rm(folder, { recursive: true, force: true });
  report(
    `${BAKES} bakes in EC2 at once, wall time`,
    `${(ms / 1000).toFixed(1)} s`,
    'what the emulator bears',
  );
  const mb = (bytes: number) => (bytes / 1e6).toFixed(0);
  report('  peak memory', `${mb(peak)} MB (${mb(before)} MB before)`, `under ${WANTED_MB} MB`);
  report('  errors, things left', `${failed.length}, ${left.length}`, '0, 0');
  for (const message of new Set(failed)) console.error(message);
}
