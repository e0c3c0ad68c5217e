import * as assert from 'uvu/assert';
import { without } from '../../../../src/app/check/keep-passing.ts';
import { proposeChecks, type Seen } from '../../../../src/app/check/propose-checks.ts';
import type { ListeningPort, User } from '../../../../src/catalogue/inventory.ts';
import { suite } from '../../../support/suite.ts';

const test = suite('checks that are proposed');

const socket = (protocol: ListeningPort['protocol'], address: string, port: number, process?: string) => ({
  ...{ protocol, address, port },
  ...(process === undefined ? {} : { process }),
});

const user = (name: string, uid: number): User => ({
  ...{ name, uid, gid: uid, home: `/home/${name}`, shell: '/bin/sh' },
});

const BASE: Seen = {
  services: [
    { unit: 'cron.service', state: 'enabled' },
    { unit: 'nginx.service', state: 'disabled' },
  ],
  users: [user('root', 0), user('www-data', 33)],
  ports: [socket('tcp', '127.0.0.53', 53, 'systemd-resolve'), socket('udp', '0.0.0.0', 68, 'dhclient')],
};

const IMAGE: Seen = {
  services: [
    ...BASE.services.filter(({ unit }) => unit !== 'nginx.service'),
    { unit: 'app.socket', state: 'enabled' },
    { unit: 'getty@.service', state: 'enabled' },
    { unit: 'nginx.service', state: 'enabled' },
    { unit: 'old.service', state: 'masked' },
    { unit: 'part.service', state: 'static' },
  ],
  users: [...BASE.users, user('shop', 998), user('alice', 1000), user('nobody', 65534)],
  ports: [
    ...BASE.ports,
    socket('tcp', '0.0.0.0', 80, 'nginx'),
    socket('tcp6', '::', 80, 'nginx'),
    socket('tcp', '127.0.0.1', 5432, 'postgres'),
    socket('tcp6', '::1', 5432, 'postgres'),
    socket('tcp', '127.0.0.1', 4321),
    socket('tcp', '127.0.0.54', 5355, 'systemd-resolve'),
    socket('udp6', 'fe80::1', 546, 'systemd-network'),
    socket('udp6', '::', 514, 'rsyslogd'),
    socket('tcp', '0.0.0.0', 43_210, 'rpc.statd'),
  ],
};

test('what an image has beyond its base is proposed: enabled units, ports and users', () => {
  const { checks, leftOut } = proposeChecks(IMAGE, BASE);
  assert.equal(checks, {
    service: { 'app.socket': { enabled: true, running: true }, nginx: { enabled: true, running: true } },
    port: {
      'tcp:80': { listening: true },
      'tcp:5432': { listening: true, ip: ['127.0.0.1', '::1'] },
      'udp:514': { listening: true },
    },
    user: {
      shop: { exists: true, home: '/home/shop', shell: '/bin/sh' },
      alice: { exists: true, home: '/home/alice', shell: '/bin/sh' },
      nobody: { exists: true, home: '/home/nobody', shell: '/bin/sh' },
    },
  });
  assert.equal(
    leftOut.map(({ check }) => check),
    ['port tcp:43210, rpc.statd'],
  );
});

test('without a base all units and ports are proposed, and of the users only people', () => {
  const { checks } = proposeChecks(IMAGE, undefined);
  assert.equal(Object.keys(checks.service), ['cron', 'app.socket', 'nginx']);
  assert.equal(Object.keys(checks.port), ['tcp:80', 'tcp:5432', 'udp:514']);
  assert.equal(Object.keys(checks.user), ['alice']);
});

test('an image that adds nothing has nothing proposed', () => {
  assert.equal(proposeChecks(BASE, BASE), { checks: { service: {}, port: {}, user: {} }, leftOut: [] });
});

test('an attribute that does not hold goes, and the check with it when it says nothing any more', () => {
  const checks = {
    service: { prepare: { enabled: true, running: true }, nginx: { enabled: true, running: true } },
    port: { 'tcp:80': { listening: true, ip: ['0.0.0.0'] }, 'tcp:81': { listening: true } },
    user: { shop: { exists: true, home: '/x' } },
  } as const;
  const bad = [
    { check: 'service prepare', attribute: 'running' },
    { check: 'port tcp:80', attribute: 'listening' },
    { check: 'user shop', attribute: 'home' },
  ];
  assert.equal(without(checks, bad), {
    service: { prepare: { enabled: true }, nginx: { enabled: true, running: true } },
    port: { 'tcp:81': { listening: true } },
    user: { shop: { exists: true } },
  });
  const both = [...bad, { check: 'service prepare', attribute: 'enabled' }];
  assert.equal(Object.keys(without(checks, both).service), ['nginx']);
});

test.run();
