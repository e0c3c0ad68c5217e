import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateSecurityGroupCommand, ImportKeyPairCommand } from '@aws-sdk/client-ec2';
import type { AmiId } from '../../src/core/form-id.ts';
import type { Scope } from '../../src/core/scope.ts';
import type { Ec2Access } from '../../src/platforms/ec2/ec2-access.ts';
import type { CloudPlace } from '../../src/platforms/launcher.ts';
import { newKeyPair } from '../../src/platforms/ssh/key-pair.ts';
import { type ConsoleProxy, consoleProxy } from './console-proxy.ts';
import { type Moto, motoServer, REGION } from './moto.ts';
import { INSTANCE_USER, type MachineNetwork, type MotoMachines, motoMachines } from './moto-machines.ts';

/** An account at an emulated AWS with machines behind it, and a key that its instances let in. */
export interface CloudWorld {
  readonly moto: Moto;
  readonly machines: MotoMachines;
  readonly proxy: ConsoleProxy;
  readonly ami: AmiId;
  readonly place: CloudPlace;
  readonly access: Ec2Access;
}

/** It goes with the scope. */
export async function cloudWorld(
  scope: Scope,
  signal: AbortSignal,
  network: MachineNetwork = {},
): Promise<CloudWorld> {
  const folder = await mkdtemp(join(tmpdir(), 'kiln-cloud-'));
  scope.defer('folder', () => rm(folder, { recursive: true, force: true }));
  const moto = await motoServer(signal);
  scope.defer('moto', async () => await moto[Symbol.asyncDispose]());
  const machines = await motoMachines(moto, signal, network);
  scope.defer('machines', async () => await machines[Symbol.asyncDispose]());
  const proxy = await consoleProxy(moto, machines);
  scope.defer('proxy', async () => await proxy[Symbol.asyncDispose]());
  const { ec2 } = moto.aws;
  const key = await newKeyPair(folder, signal);
  await ec2.send(
    new ImportKeyPairCommand({ KeyName: 'prod', PublicKeyMaterial: Buffer.from(key.publicKey) }),
  );
  const group = await ec2.send(
    new CreateSecurityGroupCommand({ GroupName: 'prod', Description: 'prod', VpcId: machines.vpc }),
  );
  return {
    moto,
    machines,
    proxy,
    ami: machines.ami as AmiId,
    place: {
      region: REGION,
      subnets: [machines.subnet],
      securityGroups: [group.GroupId ?? ''],
      instanceType: 't3.small',
      keyName: 'prod',
      parameters: '/kiln/prod',
    },
    access: { address: 'private', user: INSTANCE_USER, port: 22, identity: key.file },
  };
}
