import type { ImageRecord } from '../../catalogue/record.ts';
import { Fault } from '../../core/fault.ts';
import { runtimeOf } from './image-runtime.ts';
import type { OpenedEnvironment } from './open-environment.ts';

/** Newer Debians have the half of it that does the work in a package of its own. */
const PACKAGE = /^cloud-init(-base)?$/;

/**
 * Asserts that an image which needs cloud-init at EC2 has it, as far as its record knows packages; `CONFIG_INVALID`.
 * Where instances are entered it gives them the key and says which host key they have, and it alone reads user data.
 */
export function assertCloudInit(
  record: ImageRecord,
  { name, config: { ec2 } }: Pick<OpenedEnvironment, 'name' | 'config'>,
): void {
  const { packages } = record.inventory;
  if (packages.length === 0 || packages.some((one) => PACKAGE.test(one.name))) return;
  const why = [
    ...(ec2?.ssh === undefined ? [] : ['its instances are entered by ssh']),
    ...(Object.keys(runtimeOf(record).data).length === 0 ? [] : ['the image declares data']),
  ];
  if (why.length === 0) return;
  throw new Fault(
    'CONFIG_INVALID',
    `${record.name} has no cloud-init, without which it cannot run in ${name}`,
    {
      details: why,
      hint: 'Name `cloud-init` in `boot:` of its base (with `openssh-server` and `sudo` where it is entered), and bake again.',
    },
  );
}
