import { doctor as examine } from '../../app/doctor.ts';
import { examineEc2 } from '../../app/examine-ec2.ts';
import { Fault } from '../../core/fault.ts';
import { doctorLines } from '../../ui/doctor-lines.ts';
import type { Answer, VerbContext } from '../answer.ts';
import { awsUses, type DoctorFlags } from '../aws-flags.ts';

const PLATFORM_EXIT_CODE = 3;

/**
 * `bake doctor`: what this host has, what it lacks and how to install it; of a platform, what may be done there. Exits 3
 * when something needed is missing.
 */
export async function doctor(
  { platform, for: use }: DoctorFlags,
  { workspace, signal }: VerbContext,
): Promise<Answer> {
  if (use !== undefined && platform === undefined) {
    throw new Fault('USAGE', '--for says which permissions are asked for', { hint: 'Add --platform ec2.' });
  }
  const uses = awsUses(use);
  const findings = await (platform === 'ec2' ? examineEc2(workspace, signal, { uses }) : examine(signal));
  const missing = findings.some(({ state, needed }) => needed && state !== 'there');
  return {
    lines: doctorLines(findings),
    json: { ok: !missing, findings },
    exitCode: missing ? PLATFORM_EXIT_CODE : 0,
  };
}
