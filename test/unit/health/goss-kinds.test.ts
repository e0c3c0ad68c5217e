import * as assert from 'uvu/assert';
import type { Checks } from '../../../src/health/checks.ts';
import { dnsAnswers, dnsQuery, reverseName } from '../../../src/health/dns-message.ts';
import { addressesFromProc, SAYS_NOT_WHERE } from '../../../src/health/interface-addresses.ts';
import { planChecks } from '../../../src/health/plan-checks.ts';
import { dnsReply, wireName } from '../../support/dns-reply.ts';
import { rejects } from '../../support/rejects.ts';
import { suite } from '../../support/suite.ts';
import type { FakeFacts } from './fake-machine.ts';

const test = suite("what goss's other kinds make of the facts");

/** `attribute outcome: actual` of each result. */
function told(checks: Checks, facts: FakeFacts): string[] {
  return planChecks(checks)
    .judge(new Map(Object.entries({ init: 'systemd', ...facts })))
    .flatMap(({ results }) => results)
    .map(({ attribute, outcome, actual }) => `${attribute} ${outcome}: ${actual}`);
}

const MOUNTS = `22 1 0:20 / /mnt rw,relatime shared:1 - ext4 /dev/vda1 rw,errors=remount-ro
23 22 0:21 / /mnt ro,nosuid,ro - tmpfs none rw,size=1k
24 22 0:22 / /a\\040b\\134c rw master:2 propagate_from:1 - fuse.x x\\040y rw,context="a,b",user_id=0
`;

test('of mounts over each other the topmost is seen, its options once, its blanks as they are', () => {
  const mount: Checks['mount'] = {
    '/mnt': { exists: true, opts: { equal: ['ro', 'nosuid'] }, filesystem: 'tmpfs', usage: 25 },
    '/a b\\c': { exists: true, source: 'x y', 'vfs-opts': { equal: ['rw', 'context="a,b"', 'user_id=0'] } },
    '/none': { exists: false },
  };
  const lines = told({ mount }, { mounts: MOUNTS, 'mount.0.exit': '0', 'mount.0.out': '1000 750\n' });
  assert.ok(
    lines.every((line) => / passed: /.test(line)),
    lines.join('\n'),
  );
});

test('a file system that does not answer, or counts nothing, has no usage', () => {
  const checks: Checks = { mount: { '/mnt': { exists: true, usage: { not: 200 } } } };
  assert.is(
    told(checks, { mounts: MOUNTS, 'mount.0.exit': 'late' })[1],
    'usage failed: no answer within 1 s',
  );
  assert.is(
    told(checks, { mounts: MOUNTS, 'mount.0.exit': '0', 'mount.0.out': '0 0\n' })[1],
    'usage failed: this file system counts no blocks',
  );
  assert.is(told(checks, {})[0], 'exists unsupported: this machine has no /proc/self/mountinfo');
});

test('a kernel parameter has no blanks around it, and may be missing', () => {
  const checks: Checks = {
    'kernel-param': { 'net.ipv4.tcp_rmem': { value: '4096\t131072' }, none: { value: { not: 1 } } },
  };
  assert.equal(told(checks, { 'kernel-param.0': 'value\n4096\t131072\n', 'kernel-param.1': '' }), [
    'value passed: "4096\\t131072"',
    'value failed: no such kernel parameter',
  ]);
});

test('runlevels are the links of sysv and OpenRC; systemd has none', () => {
  const checks: Checks = { service: { web: { runlevels: { 'consist-of': ['2', '5', 'default'] } } } };
  const links =
    '/etc/rc2.d/S01web\n/etc/rc5.d/S20web\n/etc/rc5.d/S20webs\n/etc/runlevels/default/web\n/etc/runlevels/boot/x\n';
  assert.equal(told(checks, { init: 'none', units: '', runlevels: links }), [
    'runlevels passed: ["2", "5", "default"]',
  ]);
  assert.equal(told(checks, { units: 'systemd\n', runlevels: links }), [
    'runlevels failed: [] (systemd has no runlevels; missing: "2", "5", "default")',
  ]);
});

const INTERFACES = 'lo 65536\neth0 1500\n';

test('an interface is read from ip, also of a link between two', () => {
  const addresses = `ip
1: lo    inet 127.0.0.1/8 scope host lo\\       valid_lft forever preferred_lft forever
2: eth0    inet 172.17.0.2/16 brd 172.17.255.255 scope global eth0\\       valid_lft forever
2: eth0    inet 10.0.0.1 peer 10.0.0.2/32 scope global eth0\\       valid_lft forever
2: eth0    inet6 fe80::1/64 scope link \\       valid_lft forever
`;
  const checks: Checks = {
    interface: {
      eth0: {
        exists: true,
        mtu: 1500,
        addrs: { 'consist-of': ['172.17.0.2/16', '10.0.0.1/32', 'fe80::1/64'] },
      },
      none: { exists: false, mtu: 1 },
    },
  };
  assert.equal(told(checks, { interfaces: INTERFACES, addresses }), [
    'exists passed: true',
    'addrs passed: ["172.17.0.2/16", "10.0.0.1/32", "fe80::1/64"] (from ip)',
    'mtu passed: 1500',
    'exists passed: false',
    'mtu skipped: not looked at: exists false',
  ]);
});

/** 172.17.0.2/16 on eth0, and another address that is in the network of none or of two. */
function tables(other: string): string {
  return `= if_inet6
00000000000000000000000000000001 01 80 10 80       lo
fe8000000000000000fc00fffe000001 02 40 20 80     eth0
= route
Iface	Destination	Gateway 	Flags	RefCnt	Use	Metric	Mask		MTU	Window	IRTT
eth0	00000000	010011AC	0003	0	0	0	00000000	0	0	0
eth0	000011AC	00000000	0001	0	0	0	0000FFFF	0	0	0
eth1	0000000A	00000000	0001	0	0	0	000000FF	0	0	0
eth2	0000000A	00000000	0001	0	0	0	000000FF	0	0	0
= fib_trie
Main:
  +-- 0.0.0.0/0 3 0 5
     |-- 127.0.0.1
        /32 host LOCAL
     +-- 172.17.0.0/16 2 0 2
        |-- 172.17.0.0
           /16 link UNICAST
        |-- 172.17.0.2
           /32 host LOCAL
        |-- 172.17.255.255
           /32 link BROADCAST
     |-- ${other}
        /32 host LOCAL
`;
}

test('without ip the kernel says which interface has which address, where it is certain', () => {
  const found = addressesFromProc(tables('172.17.3.4'));
  if (found === SAYS_NOT_WHERE) throw new Error('it says where');
  assert.equal(
    [...found],
    [
      ['lo', ['127.0.0.1/8', '::1/128']],
      ['eth0', ['172.17.0.2/16', '172.17.3.4/16', 'fe80::fc:ff:fe00:1/64']],
    ],
  );
  for (const other of ['10.0.0.1', '192.0.2.1']) assert.is(addressesFromProc(tables(other)), SAYS_NOT_WHERE);
  const checks: Checks = { interface: { eth0: { exists: true, addrs: [] } } };
  const lines = told(checks, { interfaces: INTERFACES, addresses: `proc\n${tables('10.0.0.1')}` });
  assert.match(lines[1] ?? '', /^addrs unsupported: there is no ip/);
});

test('a reply to another question, one that is cut and one that goes in circles are no answers', () => {
  const reply = (type: 'MX' | 'CNAME', data: Buffer) =>
    dnsQuery(type, 'one.test').slice(0, 4) + dnsReply({ type, name: 'one.test', data: [data] });
  const good = reply('MX', Buffer.concat([Buffer.from([1, 0]), wireName('a.test')]));
  assert.equal(dnsAnswers(good, 'MX', 'one.test'), ['256 a.test.']);
  assert.throws(() => dnsAnswers(good, 'MX', 'two.test'), /answers another question/);
  assert.throws(() => dnsAnswers(good.slice(0, -20), 'MX', 'one.test'), /cannot be read/);
  const self = (reply('CNAME', Buffer.alloc(2)).length - 4) / 2;
  assert.throws(
    () => dnsAnswers(reply('CNAME', Buffer.from([0xc0, self])), 'CNAME', 'one.test'),
    /a name leads to itself/,
  );
});

test('addresses have names in the reverse tree', () => {
  assert.is(reverseName('192.0.2.1'), '1.2.0.192.in-addr.arpa');
  const ones = '1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa';
  assert.is(reverseName('2001:db8::1'), ones);
  assert.is(reverseName('2001:0db8:0:0:0:0:0:1'), ones);
  assert.throws(() => reverseName('one.test'), /no address/);
});

test('a name that is in /etc/hosts is not asked for elsewhere', () => {
  const hosts = '127.0.0.1 localhost # and others\n::1\tLocalHost ip6-localhost\n#127.0.0.2 localhost\n';
  assert.equal(
    told({ dns: { localhost: { resolvable: true, addrs: { equal: ['127.0.0.1', '::1'] } } } }, { hosts }),
    ['resolvable passed: true', 'addrs passed: ["127.0.0.1", "::1"]'],
  );
  const late = { hosts, 'dns.0.exit': 'late' };
  assert.equal(told({ dns: { others: { resolvable: false } } }, late), [
    'resolvable failed: no answer within 0.5 s, 3 times',
  ]);
});

test('a client that could not ask says nothing of the address, whatever is expected of it', () => {
  const checks: Checks = { addr: { 'a:1': { reachable: false }, 'b:1': { reachable: { not: true } } } };
  const facts = {
    'addr.0.exit': '2',
    'addr.0.err': "Can't locate Socket.pm in @INC\n",
    'addr.1.exit': '137',
  };
  assert.equal(told(checks, facts), [
    "reachable failed: it was not asked: Can't locate Socket.pm in @INC",
    'reachable failed: it was not asked',
  ]);
});

const REFUSED: readonly (readonly [Checks, RegExp])[] = [
  [{ addr: { 'unix:///x:1': { reachable: true } } }, /is no address such as tcp:/],
  [{ addr: { '-x:1': { reachable: true } } }, /is no address/],
  [{ addr: { 'a:70000': { reachable: true } } }, /is no address/],
  [{ dns: { 'MX:a': { resolvable: true } } }, /needs a server to ask/],
  [{ dns: { 'SOA:a': { resolvable: true, server: 'x' } } }, /SOA is no type of record/],
  [{ dns: { 'PTR:a': { resolvable: true, server: 'x' } } }, /"a" is no address/],
  [{ dns: { a: { resolvable: true, server: '-x' } } }, /is no name server/],
  [{ dns: { '-a': { resolvable: true } } }, /is no name to look up/],
  [{ interface: { '../x': { exists: true } } }, /is no name of a network interface/],
  [{ 'kernel-param': { '../x': { value: 1 } } }, /is no kernel parameter/],
  [{ mount: { x: { exists: true } } }, /is no absolute path/],
  [{ matching: { x: { content: 1 } } }, /matches is missing/],
];

for (const [checks, message] of REFUSED) {
  test(`${JSON.stringify(checks)} is refused before a machine is asked`, async () => {
    assert.is((await rejects(() => planChecks(checks), message)).code, 'CONFIG_INVALID');
  });
}

test.run();
