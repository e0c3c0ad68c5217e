import { missing } from '../support/engines.ts';
import { startTestMachine } from '../support/machine.ts';
import { machineContract } from '../support/machine-contract.ts';
import { suite } from '../support/suite.ts';

const test = suite('a container machine', { skip: await missing('docker') });

machineContract(test, {
  start: (scope, signal) => startTestMachine(scope, { init: 'none', base: 'debian-12-minimal', signal }),
  // the one that keeps the machine up
  sleepers: 1,
});

test.run();
