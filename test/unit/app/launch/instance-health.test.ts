import * as assert from 'uvu/assert';
import { confirming } from '../../../../src/app/launch/instance-health.ts';
import { suite } from '../../../support/suite.ts';

const test = suite('the health of an instance');

test('where it serves it has no time to come up any more, nor has a check with words of its own', () => {
  const probe = {
    'start-period': 10_000,
    timeout: 60_000,
    interval: 500,
    'success-threshold': 3,
    'stable-for': 3000,
  };
  const confirmed = confirming({
    init: 'systemd',
    checks: {
      service: {
        slow: { running: true, probe: { timeout: 600_000, 'start-period': 60_000 } },
        sure: { running: true, probe: { 'stable-for': 20_000 } },
        plain: { running: true },
      },
    },
    probe,
    data: {},
    secrets: {},
    state: [],
  });
  assert.equal(confirmed.probe, { ...probe, 'start-period': 0, timeout: 6000 });
  assert.equal(confirmed.checks.service, {
    slow: { running: true, probe: { ...probe, 'start-period': 0, timeout: 6000 } },
    sure: { running: true, probe: { ...probe, 'start-period': 0, 'stable-for': 20_000, timeout: 23_000 } },
    plain: { running: true },
  });
});

test.run();
