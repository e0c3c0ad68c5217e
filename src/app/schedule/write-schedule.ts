import { realpath } from 'node:fs/promises';
import { homedir, userInfo } from 'node:os';
import { join } from 'node:path';
import { findWorkspace } from '../../config/find-workspace.ts';
import { short } from '../../config/printable.ts';
import { nameProblem } from '../../config/text.ts';
import { Fault } from '../../core/fault.ts';
import { parseShard } from '../nightly/shard.ts';
import { cronSchedule } from './cron.ts';
import { fleetNightly, isThere } from './fleet-nightly.ts';
import { githubSchedule } from './github.ts';
import { gitlabSchedule } from './gitlab.ts';
import { hostNightly, type ScheduleHost } from './host-nightly.ts';
import { kubernetesSchedule } from './kubernetes.ts';
import { oneLine } from './one-line.ts';
import type { Schedule, ScheduleKind } from './schedule.ts';
import { systemdSchedule } from './systemd.ts';
import { parseTimeOfDay } from './time-of-day.ts';

export interface ScheduleRequest {
  readonly kind: ScheduleKind;
  /** A folder of the workspace. */
  readonly workspace: string;
  /** `02:30` */
  readonly at: string;
  readonly name: string;
  /** Among how many machines a fleet's scheduler divides the work. */
  readonly shards?: number;
  /** `2/3`, the part of this machine. */
  readonly shard?: string;
  /** The container image that the pods run. */
  readonly image?: string;
}

/** Of a CronJob, whose name is the longest that is made longer: Kubernetes adds eleven characters. */
const LONGEST_NAME = 52;

/** What has `bake nightly` run every night for this workspace. Throws USAGE, WORKSPACE_NOT_FOUND. */
export async function writeSchedule(request: ScheduleRequest, host?: ScheduleHost): Promise<Schedule> {
  const { kind, name, shards, shard, image } = request;
  const problem =
    name.length > LONGEST_NAME ? `is longer than ${LONGEST_NAME} characters` : nameProblem(name);
  if (problem !== undefined) {
    throw new Fault('USAGE', `--name ${short(name)} ${problem}`, { hint: 'As in --name kiln-nightly.' });
  }
  const at = parseTimeOfDay(request.at);
  const workspace = oneLine("the workspace's path", await findWorkspace(request.workspace));
  const nightly = { name, at, workspace };
  if (image !== undefined && kind !== 'kubernetes') {
    throw new Fault('USAGE', `--image has no meaning for ${kind}`, {
      hint: 'Only pods run a container image.',
    });
  }
  if (kind === 'systemd' || kind === 'cron') {
    if (shards !== undefined) throw wrongShards(kind);
    const here = {
      ...hostNightly(nightly, host ?? (await thisHost())),
      ...(shard === undefined ? {} : { shard: parseShard(shard) }),
    };
    return kind === 'systemd' ? systemdSchedule(here) : cronSchedule(here);
  }
  if (shard !== undefined) throw wrongShard(kind);
  const fleet = await fleetNightly(nightly, shards ?? 1);
  if (kind === 'github') return githubSchedule(fleet);
  if (kind === 'gitlab') return gitlabSchedule(fleet);
  return kubernetesSchedule(fleet, requireImage(image));
}

function wrongShards(kind: ScheduleKind): Fault {
  return new Fault('USAGE', `${kind} starts one machine, so it cannot divide the work by --shards`, {
    hint: 'Say on each machine which part is its own: --shard 1/3 on the first of three.',
  });
}

function wrongShard(kind: ScheduleKind): Fault {
  return new Fault('USAGE', `${kind} starts every machine itself, so no --shard is chosen for it`, {
    hint: 'Say how many machines there are: --shards 3.',
  });
}

function requireImage(image: string | undefined): string {
  if (image !== undefined && /^[^\s\p{Cc}]+$/u.test(image)) return image;
  const message =
    image === undefined ? 'which image do the pods run?' : `--image ${short(image)} is no image`;
  throw new Fault('USAGE', message, {
    hint: 'Name one that holds this workspace and Kiln: --image registry.example/kiln:1.',
  });
}

async function thisHost(): Promise<ScheduleHost> {
  // beside the folder that this file is in, src or dist; not there where Kiln is installed as a package
  const engine = join(import.meta.dirname, '../../../scripts/engine');
  return {
    env: process.env,
    // not the link that it was called by, which may be in a cache
    program: [process.execPath, ...process.execArgv, await realpath(process.argv[1] ?? '')],
    root: process.getuid?.() === 0,
    home: homedir(),
    accountHome: userInfo().homedir,
    ...((await isThere(engine)) ? { engine } : {}),
  };
}
