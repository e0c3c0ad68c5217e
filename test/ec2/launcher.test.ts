import { ec2Launcher } from '../../src/platforms/ec2/ec2-launcher.ts';
import { cloudWorld } from '../support/cloud-world.ts';
import { missing } from '../support/engines.ts';
import { launcherContract } from '../support/launcher-contract.ts';
import { noMoto } from '../support/moto.ts';
import { suite } from '../support/suite.ts';

const skip = noMoto || (await missing('docker'));

const contract = suite('the launcher contract, of ec2', { skip });
launcherContract(
  contract,
  async (scope, signal) => {
    const { place, access, ami } = await cloudWorld(scope, signal);
    const launcher = ec2Launcher({ regions: async () => [place.region], access: async () => access });
    return {
      launcher,
      form: ami,
      how: { init: 'systemd', ec2: place },
      page: async () => undefined,
    };
  },
  { boots: true, ports: false },
);
contract.run();
