import * as assert from 'uvu/assert';
import { suite } from '../../support/suite.ts';
import { GOOD, LEAST, sampleWorkspace, templateProblems } from './sample-workspace.ts';

const test = suite('checks');

/** The problems of one kind's checks, which stand in line 4. */
function checks(text: string): Promise<string[]> {
  return templateProblems(`${LEAST}checks:\n  ${text}\n`);
}

test('every attribute of every kind loads as goss has it', async () => {
  const kinds = `
  service: { nginx: { enabled: true, running: true, runlevels: ["3"], title: the server, meta: { team: [a] }, skip: false } }
  port: { "tcp:80": { listening: true, ip: [0.0.0.0] }, "8080": { listening: false }, any: { port: "udp6:53", listening: true } }
  http: { "http://127.0.0.1/": { status: 200, body: [golden, "!error", /go+d/], headers: ["Server: nginx"], timeout: 2000,
    allow-insecure: true, no-follow-redirects: true, method: POST, request-headers: ["Accept: text/html"],
    request-body: "{}", username: a, password: b, ca-file: /etc/ca.pem, cert-file: /c, key-file: /k, proxy: "http://p:1" } }
  file: { /etc/x: { exists: true, mode: "0644", size: { le: 10 }, owner: root, group: root, filetype: file, contents: x, contains: [],
    linked-to: /y, sha256: ${'a'.repeat(64)}, md5: ${'b'.repeat(32)}, sha512: ${'c'.repeat(128)}, uid: 0, gid: 0 } }
  command: { version: { exec: "nginx -v 2>&1", exit-status: 0, stdout: [nginx], stderr: [], timeout: 10s } }
  package: { nginx: { installed: true, versions: ["1.22", { have-prefix: "1." }] } }
  process: { nginx: { running: true } }
  user: { www-data: { exists: true, uid: 33, gid: 33, groups: [www-data], home: /var/www, shell: /usr/sbin/nologin } }
  group: { www-data: { exists: true, gid: 33 } }
  addr: { "tcp://127.0.0.1:80": { reachable: true, local-address: 127.0.0.1, timeout: 500 }, x: { address: "[::1]:1", reachable: false } }
  dns: { "MX:example.org": { resolvable: true, addrs: ["10 mail."], server: "192.0.2.1:53", timeout: 1s }, old: { resolveable: true } }
  interface: { eth0: { exists: true, addrs: [172.17.0.2/16], mtu: 1500 } }
  kernel-param: { net.core.somaxconn: { value: { gt: 100 } } }
  mount: { /home: { exists: true, opts: [rw], vfs-opts: [rw], source: /dev/sda1, filesystem: ext4, usage: { lt: 95 }, timeout: 0 } }
  matching: { it: { content: { a: [1, b] }, as-reader: false, matches: { have-key: a } } }`;
  await using workspace = await sampleWorkspace({
    ...GOOD,
    'templates/web.yaml': `${LEAST}checks:${kinds}\n`,
  });
  const { problems, templates } = await workspace.load();
  assert.equal(problems, []);
  const loaded = templates.get('web')?.value.checks;
  assert.equal(Object.keys(loaded ?? {}).length, 15);
  assert.equal(loaded?.dns?.['old'], { resolvable: true });
  assert.equal(loaded?.command, {
    version: { exec: 'nginx -v 2>&1', 'exit-status': 0, stdout: ['nginx'], stderr: [], timeout: 10_000 },
  });
  assert.is(loaded?.http?.['http://127.0.0.1/']?.timeout, 2000);
});

test('a check has words of its own for the probe, in milliseconds', async () => {
  await using workspace = await sampleWorkspace({
    ...GOOD,
    'templates/web.yaml': `${LEAST}checks:
  service: { nginx: { running: true, probe: { stable-for: 10s, success-threshold: 5 } } }
  command: { dear: { exit-status: 0, probe: { start-period: 5s, interval: 1m, timeout: 3m } } }\n`,
  });
  const { problems, templates } = await workspace.load();
  assert.equal(problems, []);
  const { service, command } = templates.get('web')?.value.checks ?? {};
  assert.equal(service?.['nginx']?.probe, { 'stable-for': 10_000, 'success-threshold': 5 });
  const dear = { 'start-period': 5000, interval: 60_000, timeout: 180_000 };
  assert.equal(command?.['dear']?.probe, dear);
});

test("what is wrong in a check's own probe is told where it stands, and with what it takes from the template's", async () => {
  assert.equal(await checks('service: { a: { running: true, probe: { timeuot: 3s } } }'), [
    '4:43 unknown key `timeuot` (did you mean `timeout`?)',
  ]);
  assert.equal(await checks('service: { a: { running: true, probe: { timeout: 3, interval: 0s } } }'), [
    '4:52 `checks.service.a.probe.timeout` needs a unit: ms, s, m or h, as in 500ms, 3s, 1.5m, 1h',
    '4:65 `checks.service.a.probe.interval` must be longer than nothing',
  ]);
  assert.equal(await checks('service: { a: { running: true, probe: { timeout: 2s } } }'), [
    '4:52 `checks.service.a.probe.timeout` is 2s, too short for `stable-for` and `success-threshold`, which take 3s',
  ]);
  assert.equal(await checks('service: { a: { running: true, probe: { stable-for: 2m } } }'), [
    '4:34 `checks.service.a.probe` has a `timeout` that is 1m, too short for `stable-for` and `success-threshold`, which take 2m',
  ]);
});

test('matchers nest', async () => {
  const matchers = [
    '{ equal: 3 }',
    '{ not: { gt: 3 } }',
    '{ and: [{ ge: 1 }, { lt: 9 }, { le: 9 }] }',
    '{ or: [a, { have-suffix: b }, { match-regexp: "^c" }, { contain-substring: d }, { semver-constraint: ">1.0.0" }] }',
    '{ contain-element: { have-prefix: x } }',
    '{ contain-elements: [a, b] }',
    '{ consist-of: [a, { have-len: 3 }] }',
    '{ have-patterns: [a, "!b"] }',
    '{ have-key: a }',
    '{ gjson: { "a.#.b": [c], "@this": { have-len: 3 } } }',
    '{ equal: { a: [b] } }',
  ];
  for (const matcher of matchers) {
    assert.equal(await checks(`user: { root: { exists: true, groups: ${matcher} } }`), [], matcher);
  }
});

test('a regular expression that is none is told where it stands', async () => {
  const [inList = '', named = ''] = await checks(
    'command: { ls: { exit-status: 0, stdout: ["/a(b/"], stderr: { match-regexp: "[" } } }',
  );
  assert.match(inList, /^4:45 `checks\.command\.ls\.stdout\[0\]` is no pattern that can be used: /);
  assert.match(named, '`checks.command.ls.stderr.match-regexp` is no pattern that can be used');
});

test('an unknown kind is told with the nearest', async () => {
  assert.equal(await checks('sevrice: {}'), ['4:3 unknown key `sevrice` (did you mean `service`?)']);
});

test('a constraint and a path into JSON that cannot be read are told where they stand', async () => {
  const [version = '', path = ''] = await checks(
    'package: { a: { installed: true, versions: { semver-constraint: "1.x" } }, b: { installed: true, versions: { gjson: { "@keys": a } } } }',
  );
  assert.match(
    version,
    /^4:67 `checks\.package\.a\.versions\.semver-constraint` is no constraint that can be used: /,
  );
  assert.match(path, /^4:121 .* is no path that can be used: "@keys" is not supported/);
});

test('a type of record takes a server to ask', async () => {
  assert.equal(await checks('dns: { "MX:example.org": { resolvable: true } }'), [
    '4:10 `checks.dns."MX:example.org"` needs a `server`: without one, only addresses are looked up, whatever the type of record',
  ]);
  const [wrong = ''] = await checks(
    'dns: { x: { resolve: "SOA:example.org", resolvable: true, server: a } }',
  );
  assert.match(wrong, /^4:24 `checks\.dns\.x\.resolve` must be a name to look up/);
});

test('variables are told to be unsupported', async () => {
  assert.equal(await checks('vars: { a: b }'), ['4:3 `vars` is not supported, as Go templates are not']);
});

test('an unknown attribute and an unknown matcher are told with the nearest', async () => {
  assert.equal(await checks('port: { "tcp:80": { listning: true, ips: [] } }'), [
    '4:23 unknown key `listning` (did you mean `listening`?)',
    '4:39 unknown key `ips` (did you mean `ip`?)',
  ]);
  assert.equal(await checks('file: { /x: { exists: true, size: { gtt: 3 } } }'), [
    '4:39 unknown key `gtt` (did you mean `gt`?)',
  ]);
});

test('what goss requires is required', async () => {
  assert.equal(await checks('port: { "tcp:80": { ip: [0.0.0.0] } }'), [
    '4:11 `checks.port."tcp:80".listening` is missing',
  ]);
  assert.equal(await checks('file: { /x: {} }'), ['4:11 `checks.file."/x".exists` is missing']);
  assert.equal(await checks('command: { ls: { stdout: x } }'), [
    '4:14 `checks.command.ls.exit-status` is missing',
  ]);
});

test('a check that checks nothing is refused', async () => {
  assert.equal(await checks('service: { nginx: { title: x } }'), [
    '4:14 `checks.service.nginx` checks nothing: add `enabled`, `running` or `runlevels`',
  ]);
  assert.equal(await checks('service: { nginx: }'), [
    '4:14 `checks.service.nginx` has no value, but must be a map',
  ]);
});

test('a value of the wrong type is told what it must be', async () => {
  assert.equal(await checks('service: { a: { running: yes } }'), [
    '4:28 `checks.service.a.running` must be true or false or a matcher, but is the text `yes`',
  ]);
  assert.equal(await checks('http: { "http://a/": { status: "200" } }'), []);
  assert.equal(await checks('http: { "http://a/": { status: "2xx" } }'), [
    '4:34 `checks.http."http://a/".status` must be a whole number',
  ]);
  assert.equal(await checks('package: { a: { installed: true, versions: [1.10] } }'), [
    '4:47 `checks.package.a.versions[0]` must be text or a matcher, but is the number 1.1',
  ]);
  assert.equal(await checks('http: { "http://a/": { status: 200, body: [500] } }'), [
    '4:46 `checks.http."http://a/".body[0]` must be text, but is the number 500 (put it in quotes)',
  ]);
});

test('a mode is octal digits in quotes, as YAML reads 0644 as six hundred and forty-four', async () => {
  assert.equal(await checks('file: { /x: { exists: true, mode: 0644 } }'), [
    '4:37 `checks.file."/x".mode` must be in quotes, as in \'0644\'',
  ]);
  assert.equal(await checks('file: { /x: { exists: true, mode: "rw" } }'), [
    '4:37 `checks.file."/x".mode` must be three or four octal digits in quotes, as in \'0644\'',
  ]);
});

test('two matchers side by side are told to be joined', async () => {
  assert.equal(await checks('file: { /x: { exists: true, size: { gt: 1, lt: 3 } } }'), [
    '4:31 `checks.file."/x".size` has `gt` and `lt`, but takes only one of them: join several with `and`',
  ]);
});

test('a matcher of the wrong argument is told at the argument', async () => {
  assert.equal(await checks('file: { /x: { exists: true, size: { gt: big } } }'), [
    '4:43 `checks.file."/x".size.gt` must be a number, but is the text `big`',
  ]);
  assert.equal(await checks('file: { /x: { exists: true, size: { not: { and: 3 } } } }'), [
    '4:51 `checks.file."/x".size.not.and` must be a list, but is the number 3',
  ]);
});

test('what is looked at is checked, and told at the key', async () => {
  assert.equal(await checks('port: { "tcp/80": { listening: true }, "tcp:70000": { listening: true } }'), [
    '4:11 `checks.port."tcp/80"` must be a port, as in tcp:80 or udp6:53',
    '4:42 `checks.port."tcp:70000"` must be a port up to 65535',
  ]);
  assert.equal(await checks('http: { localhost: { status: 200 } }'), [
    '4:11 `checks.http.localhost` must be a URL that starts with http:// or https://',
  ]);
  assert.equal(await checks('file: { etc/x: { exists: true } }'), [
    '4:11 `checks.file."etc/x"` must be an absolute path, which starts with / or ~',
  ]);
  assert.equal(await checks('service: { "a; reboot": { running: true }, "-f": { running: true } }'), [
    '4:14 `checks.service."a; reboot"` is not the name of a unit',
    '4:46 `checks.service.-f` is not the name of a unit',
  ]);
  assert.equal(await checks('package: { "$(id)": { installed: true } }'), [
    '4:14 `checks.package."$(id)"` is not the name of a package',
  ]);
  assert.equal(await checks('user: { "a:b": { exists: true } }'), [
    '4:11 `checks.user."a:b"` is not the name of a user or group',
  ]);
});

test('what could not be asked for is told where it stands, and not when it is asked', async () => {
  for (const [written, told] of [
    [
      'http: { "http://[x/": { status: 200 } }',
      '4:11 `checks.http."http://[x/"` is no URL that can be asked',
    ],
    [
      'http: { "http://%zz@x/": { status: 200 } }',
      '4:11 `checks.http."http://%zz@x/"` is no URL that can be asked',
    ],
    [
      'http: { "http://x/": { status: 200, request-headers: ["a(b): c"] } }',
      '4:57 `checks.http."http://x/".request-headers[0]` must be a header, as in "Accept: text/html"',
    ],
    [
      `dns: { ${'a'.repeat(64)}: { resolvable: true } }`,
      `4:10 \`checks.dns.${'a'.repeat(64)}\` must have no part between dots that is longer than 63`,
    ],
    [
      'dns: { "PTR:a": { resolvable: true, server: 192.0.2.1 } }',
      '4:10 `checks.dns."PTR:a"` must be an IP address after PTR:',
    ],
    ...['192.0.2.1:70000', ':::', '[1.2]:53'].map((server) => [
      `dns: { a: { resolvable: true, server: "${server}" } }`,
      '4:41 `checks.dns.a.server` must be an IP address or a name, with a port up to 65535 or none',
    ]),
    [
      'matching: { x: { content: a, as-reader: true, matches: [{ gt: 1 }] } }',
      '4:15 `checks.matching.x` has `matches` that are no patterns, which a list is where `as-reader` is true',
    ],
  ] as [string, string][]) {
    assert.equal(await checks(written), [told]);
  }
  const servers = ['192.0.2.1', '192.0.2.1:53', '::1', '[::1]:53', 'ns.test', 'ns.test:5353'];
  for (const server of servers)
    assert.equal(await checks(`dns: { "MX:a": { resolvable: true, server: "${server}" } }`), []);
});

test('a wrong subject is told even when its check is wrong too', async () => {
  assert.equal(await checks('port: { "tcp/80": {} }'), [
    '4:11 `checks.port."tcp/80".listening` is missing',
    '4:11 `checks.port."tcp/80"` must be a port, as in tcp:80 or udp6:53',
  ]);
});

test('a check with its own subject can be called anything', async () => {
  assert.equal(await checks('http: { front page: { url: "http://a/", status: 200 } }'), []);
  assert.equal(await checks('file: { the site: { path: /srv/x, exists: true } }'), []);
});

test('a URL is followed by nothing that is no URL', async () => {
  assert.equal(await checks('http: { a: { url: "http://a/ -o /x", status: 200 } }'), [
    '4:21 `checks.http.a.url` must be a URL that starts with http:// or https://',
  ]);
});

test.run();
