import * as assert from 'uvu/assert';
import { compareVersions } from '../../../src/catalogue/package-version.ts';
import { suite } from '../../support/suite.ts';

const test = suite('package versions');

/** What `dpkg --compare-versions` of Debian 12 says of each pair. */
const DPKG = `
1.0 eq 1.0
1.0 lt 1.1
1.10 gt 1.9
1.0~rc1 lt 1.0
1.0~rc1 lt 1.0~rc2
1:0.1 gt 2.0
1.0-1 lt 1.0-1+deb12u1
1.22.1-9+deb12u3 lt 1.22.1-9+deb12u10
2.36-9+deb12u4 lt 2.37-1
1.0a lt 1.0+
1.0 lt 1.0a
1.0-1 lt 1.0-1.1
20240101120000123456789 lt 20240101120000123456790
007 eq 7
1.0~~ lt 1.0~
1.0.0 gt 1.0-0
3.0.17-1~deb12u2 gt 3.0.15-1~deb12u1
1.2-3-4 lt 1.2-3-5
1.0-a-1 gt 1.0-2
1.0-1-1 gt 1.0-2
1.2-a-9 lt 1.2-a2-1
0:1.0 eq 1.0
9.53.3~dfsg-7+deb12u1 lt 10.0~dfsg-11
`;

for (const line of DPKG.trim().split('\n')) {
  const [a = '', verdict = '', b = ''] = line.split(' ');
  test(`${a} ${verdict} ${b}, as dpkg says`, () => {
    const expected = { lt: -1, eq: 0, gt: 1 }[verdict];
    assert.is(Math.sign(compareVersions(a, b)), expected);
    assert.is(Math.sign(compareVersions(b, a)) + (expected ?? Number.NaN), 0);
  });
}

test.run();
