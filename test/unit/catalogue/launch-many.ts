/*
 * node --import tsx launch-many.ts HOME COUNT
 *
 * Writes COUNT launches of prod one after another: one of the processes that launch-history.test.ts runs at once.
 */
import { openLaunchHistory } from '../../../src/catalogue/launch-history.ts';
import { digestOf } from '../../../src/core/digest.ts';

const [home = '', count = '0'] = process.argv.slice(2);
const history = openLaunchHistory(home);
for (let done = 0; done < Number(count); done++) {
  const launch = await history.begin({
    launch: `${process.pid}-${done}`,
    environment: 'prod',
    action: 'launch',
    template: 'web',
    image: 'web@1',
    digest: digestOf('one'),
    reason: 'x'.repeat(done * 100),
  });
  await launch.end({ result: 'healthy', ms: 1, instances: [] });
}
